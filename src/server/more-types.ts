/**
 * Formats: types, the canonical one first, then extensions, the main one first. A type without a top level has that of the
 * type before it; one with `?` counts only beside an extension of its line.
 * Generated from mime-db by test/protocol/known-types/generate.ts. To change it, edit additions.ts beside that and run
 * `npm run generate`.
 */
export const moreTypes = `image/x-canon-cr3:cr3
image/x-fujifilm-raf:raf
audio/aac x-aac ?vnd.dlna.adts:aac adts
image/bmp x-ms-bmp x-bmp:bmp dib
image/jpeg jpg:jpg jpeg jpe
image/x-olympus-orf:orf
image/x-panasonic-rw2:rw2
video/3gpp2 ?audio/3gpp2:3g2
text/x-typescript typescript application/typescript x-typescript ?video/mp2t ?text/vnd.trolltech.linguist:ts
text/x-typescript tsx:tsx
text/x-typescript ?video/mp2t ?model/vnd.mts:mts
text/x-typescript:cts
application/vnd.apple.keynote x-iwork-keynote-sffkey ?pgp-keys ?zip:key
application/pgp-keys vnd.apple.keynote x-iwork-keynote-sffkey:key
application/postscript eps image/x-eps:eps epsf
text/plain:ini
text/plain:conf
application/har+json ?json:har
model/gltf+json ?application/json:gltf
application/x-ipynb+json ?json:ipynb
application/toml text/x-toml:toml
application/sql x-sql text/x-sql:sql
application/x-subrip text/srt:srt
text/calendar ?x-vcalendar:ics
text/vcard x-vcard directory:vcf vcard
application/xhtml+xml:xhtml xht
text/jsx:jsx
text/javascript application/node:cjs
application/msword x-msword:doc
application/vnd.ms-excel msexcel x-msexcel x-excel:xls
application/vnd.ms-powerpoint powerpoint mspowerpoint x-mspowerpoint:ppt
message/rfc822:eml
multipart/related message/rfc822:mht mhtml
application/x-sketch ?zip:sketch
application/x-figma x-xfig:fig
application/vnd.adobe.xd ?zip:xd
application/vnd.google-earth.kmz ?zip:kmz
application/x-xz:xz
application/x-bzip2 bzip2 x-bzip:bz2 tbz2
application/zstd:zst
font/ttf application/x-font-ttf font/sfnt application/font-sfnt:ttf
font/otf application/x-font-otf vnd.ms-opentype x-font-opentype:otf
font/woff application/font-woff x-font-woff:woff
font/woff2 application/font-woff2:woff2
model/stl application/vnd.ms-pki.stl sla model/x.stl-ascii x.stl-binary:stl
model/obj application/x-tgif:obj
model/3mf application/vnd.ms-package.3dmanufacturing-3dmodel+xml ?zip:3mf
model/step application/step:step stp
image/vnd.dxf x-dxf application/dxf:dxf
image/vnd.dwg x-dwg application/acad dwg:dwg
application/vnd.sqlite3 x-sqlite3:sqlite sqlite3 db
application/vnd.apache.parquet x-parquet:parquet
application/vnd.apache.arrow.file:arrow feather
application/x-pkcs12:p12 pfx
application/x-pem-file:pem
application/x-hwp hwp:hwp
application/hwp+zip vnd.hancom.hwpx haansofthwpx x-hwpx:hwpx
audio/mpeg mp3 x-mp3 x-mpeg-3:mp3
application/vnd.comicbook+zip x-cbz ?zip:cbz
application/x-blender:blend
application/x.autodesk.fbx vnd.autodesk.fbx:fbx
application/vnd.sketchup.skp:skp
application/x-deb vnd.debian.binary-package:deb
application/x-msdownload x-msdos-program vnd.microsoft.portable-executable:exe
application/x-bat:bat cmd
application/x-msi:msi
application/x-sh text/x-sh application/x-shellscript text/x-shellscript:sh
text/x-python application/x-python-code:py
application/x-httpd-php text/x-php:php
image/icns x-icns:icns
application/avro:avro
application/illustrator ?postscript ?pdf:ai
text/tab-separated-values:tsv
application/x-ndjson jsonl:jsonl ndjson
application/geo+json:geojson
application/gpx+xml ?xml ?text/xml:gpx
application/vnd.google-earth.kml+xml ?xml ?text/xml:kml
application/vnd.oasis.opendocument.text:odt
application/vnd.apple.pages x-iwork-pages-sffpages ?zip:pages
application/vnd.apple.numbers x-iwork-numbers-sffnumbers ?zip:numbers
application/epub+zip:epub
application/x-7z-compressed:7z
application/x-tar:tar`
