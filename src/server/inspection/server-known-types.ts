/**
 * One file format per line: its MIME types, a colon and its extensions. The canonical type and the main extension are
 * first. Without a colon, the extension is the name of the type. A type without a slash has the top level (`image`,
 * `audio` and so on) of the type before it. Each type is also known with or without `x-`. A type with `?` counts only
 * for a file with an extension of its line.
 * Generated from mime-db by test/protocol/known-types/generate.ts. To change it, edit additions.ts in that folder and run
 * `npm run generate`.
 */
export const serverKnownTypes = `audio/aac ?vnd.dlna.adts:aac adts
image/bmp x-ms-bmp:bmp dib
jpeg jpg:jpg jpeg jpe
vnd.adobe.photoshop application/vnd.3gpp.pic-bw-small:psb
image/svg+xml:svg svgz
application/vnd.ms-project dash-patch+xml:mpp
text/rust application/rls-services+xml:rs
text/x-typescript application/typescript ?video/mp2t ?text/vnd.trolltech.linguist:ts
x-typescript tsx:tsx
x-typescript ?video/mp2t ?model/vnd.mts:mts
text/x-typescript:cts
application/vnd.apple.keynote x-iwork-keynote-sffkey ?pgp-keys ?zip:key
pgp-keys vnd.apple.keynote x-iwork-keynote-sffkey:key
postscript eps:eps epsf
text/plain:ini
plain:conf
application/har+json ?json:har
model/gltf+json ?application/json:gltf
x-ipynb+json ?json:ipynb
toml text/x-toml:toml
application/sql text/x-sql:sql
application/x-subrip text/srt:srt
calendar ?x-vcalendar:ics
vcard directory:vcf vcard
application/xhtml+xml:xhtml xht
text/jsx
javascript application/node:cjs
msword:doc
vnd.ms-excel msexcel x-excel:xls
vnd.ms-powerpoint powerpoint mspowerpoint:ppt
message/rfc822:eml
multipart/related message/rfc822:mht mhtml
application/x-sketch ?zip:sketch
x-figma x-xfig:fig
vnd.adobe.xd ?zip:xd
vnd.google-earth.kmz ?zip:kmz
x-xz
x-bzip2 x-bzip:bz2 tbz2
zstd:zst
font/ttf application/x-font-ttf font/sfnt application/font-sfnt:ttf
font/otf application/x-font-otf vnd.ms-opentype x-font-opentype:otf
font/woff application/font-woff:woff
font/woff2 application/font-woff2:woff2
model/stl application/vnd.ms-pki.stl sla model/x.stl-ascii x.stl-binary:stl
obj application/x-tgif:obj
model/3mf application/vnd.ms-package.3dmanufacturing-3dmodel+xml ?zip:3mf
model/step application/step:step stp
image/vnd.dxf x-dxf application/dxf:dxf
image/vnd.dwg x-dwg application/acad dwg:dwg
vnd.sqlite3 x-sqlite3:sqlite sqlite3 db
vnd.apache.parquet x-parquet:parquet
vnd.apache.arrow.file:arrow feather
x-pkcs12:p12 pfx
x-pem-file:pem
x-hwp
hwp+zip vnd.hancom.hwpx haansofthwpx x-hwpx:hwpx
audio/mpeg mp3 x-mpeg-3:mp3
application/vnd.comicbook+zip x-cbz ?zip:cbz
x-blender:blend
x.autodesk.fbx vnd.autodesk.fbx:fbx
vnd.sketchup.skp:skp
x-deb vnd.debian.binary-package:deb
x-msdownload x-msdos-program vnd.microsoft.portable-executable:exe
x-bat:bat cmd
x-msdownload:scr
x-msdownload:pif
hta
text/vbscript:vbs vbe
application/x-wsf:wsf wsh
x-jse
x-mswinurl:url
x-msi
x-sh text/x-sh application/x-shellscript text/x-shellscript:sh
x-python application/x-python-code:py
x-httpd-php text/x-php:php
image/icns
application/avro
illustrator ?postscript ?pdf:ai
text/tab-separated-values:tsv
application/x-ndjson jsonl:jsonl ndjson
geo+json:geojson
gpx+xml ?xml ?text/xml:gpx
application/vnd.google-earth.kml+xml ?xml ?text/xml:kml
application/vnd.oasis.opendocument.text:odt
vnd.apple.pages x-iwork-pages-sffpages ?zip:pages
vnd.apple.numbers x-iwork-numbers-sffnumbers ?zip:numbers
epub+zip:epub
x-7z-compressed:7z
x-tar`
