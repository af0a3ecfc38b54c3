/**
 * The formats of each bundle, and the facts that mime-db lacks. One line is one format: its extensions, the main one
 * first, then types beside those that mime-db has for the main extension. `=` marks the canonical type; a type with
 * `?` counts only beside an extension of the line, because it is also the type of other files.
 * Sources: the types that Chromium and Firefox announce with and without a system database, IANA, the Windows
 * registry.
 */

/** The browser bundle: the usual targets of wildcards and MIME types in `accept`. A line costs about 12 bytes. */
export const browserFormats = `
jpg jpeg jfif pjpeg pjp, image/jpg image/pjpeg
png apng, image/x-png image/apng
gif
webp
heic heif hif heics heifs, =image/heic image/heif image/heic-sequence image/heif-sequence
avif
bmp, image/x-bmp
tif tiff, image/tif
ico, =image/x-icon
svg
psd, application/x-photoshop
dng, =image/x-adobe-dng
cr2, =image/x-canon-cr2
nef, =image/x-nikon-nef
arw, =image/x-sony-arw
cr3, =image/x-canon-cr3
raf, =image/x-fujifilm-raf
orf, =image/x-olympus-orf
rw2, =image/x-panasonic-rw2
jxl
mp3, audio/x-mpeg audio/mpeg3
wav, =audio/wav audio/vnd.wave
m4a m4b, =audio/mp4 audio/m4a audio/mp4a-latm ?video/mp4
aac, audio/aacp
flac, =audio/flac
ogg oga, ?application/ogg ?video/ogg
opus, =audio/ogg audio/opus ?application/ogg
weba, =audio/webm ?video/webm
aif aiff aifc, =audio/aiff
amr
caf
mid midi, audio/x-midi
wma
mp4, =video/mp4 ?audio/mp4
m4v, ?video/mp4
mov qt, ?video/mp4
webm, ?audio/webm
mkv, video/matroska
avi, video/vnd.avi video/avi
wmv
mpg mpeg mpe
3gp 3gpp, ?audio/3gpp
3g2, ?audio/3gpp2
ogv, ?application/ogg
ts, =video/mp2t ?text/vnd.trolltech.linguist
mts m2ts, =video/mp2t ?model/vnd.mts
pdf, application/x-pdf
txt text, =text/plain
log, =text/plain text/x-log
csv, text/x-csv application/csv text/comma-separated-values ?application/vnd.ms-excel
md markdown, text/x-markdown
json, text/json
yaml yml, =application/yaml text/yaml application/x-yaml text/x-yaml
rtf, ?application/msword
xml
html htm
js mjs, =text/javascript application/x-javascript
doc
xls
ppt, application/powerpoint
docx
xlsx
pptx
hwp, =application/x-hwp application/haansofthwp application/vnd.hancom.hwp
zip, application/x-zip
gz tgz, =application/gzip application/x-gzip application/x-compressed-tar
rar, application/x-rar
`

/**
 * The server bundle. A browser accepts these by the extension that `accept` names, and leaves the decision to the
 * server when `accept` has a type that it does not know.
 */
export const serverFormats = `
aac adts, =audio/aac ?audio/vnd.dlna.adts
bmp dib, image/x-bmp
jpg jpeg jpe, image/jpg
psb, =image/vnd.adobe.photoshop
svg svgz
mpp, =application/vnd.ms-project
rs, =text/rust
ts, =text/x-typescript text/typescript application/typescript application/x-typescript ?video/mp2t ?text/vnd.trolltech.linguist
tsx, =text/x-typescript text/tsx
mts, =text/x-typescript ?video/mp2t ?model/vnd.mts
cts, =text/x-typescript
key, ?application/pgp-keys ?application/zip
key, =application/pgp-keys
eps epsf, =application/postscript application/eps
ini, =text/plain
conf, =text/plain
har, =application/har+json ?application/json
gltf, ?application/json
ipynb, =application/x-ipynb+json ?application/json
toml, text/x-toml
sql, text/x-sql
srt, text/srt
ics, ?text/x-vcalendar
vcf vcard, =text/vcard text/x-vcard text/directory
xhtml xht
jsx
cjs, =text/javascript
doc, application/x-msword
xls, application/msexcel application/x-msexcel application/x-excel
ppt, application/powerpoint application/mspowerpoint application/x-mspowerpoint
eml, =message/rfc822
mht mhtml, =multipart/related message/rfc822
sketch, =application/x-sketch ?application/zip
fig, =application/x-figma
xd, =application/vnd.adobe.xd ?application/zip
kmz, ?application/zip
xz
bz2 tbz2, =application/x-bzip2 application/bzip2 application/x-bzip
zst, =application/zstd
ttf, application/x-font-ttf font/sfnt application/font-sfnt
otf, application/x-font-otf application/vnd.ms-opentype application/x-font-opentype
woff, application/font-woff application/x-font-woff
woff2, application/font-woff2
stl, =model/stl application/sla model/x.stl-ascii model/x.stl-binary
obj, =model/obj
3mf, application/vnd.ms-package.3dmanufacturing-3dmodel+xml ?application/zip
step stp, =model/step application/step
dxf, image/x-dxf application/dxf
dwg, image/x-dwg application/acad application/dwg
sqlite sqlite3 db, =application/vnd.sqlite3 application/x-sqlite3
parquet, =application/vnd.apache.parquet application/x-parquet
arrow feather, =application/vnd.apache.arrow.file
p12 pfx
pem, =application/x-pem-file
hwp, =application/x-hwp application/hwp
hwpx, =application/hwp+zip application/vnd.hancom.hwpx application/haansofthwpx application/x-hwpx
mp3, audio/x-mp3 audio/x-mpeg-3
cbz, =application/vnd.comicbook+zip application/x-cbz ?application/zip
blend, =application/x-blender
fbx, =application/x.autodesk.fbx
skp, =application/vnd.sketchup.skp
deb, =application/x-deb application/vnd.debian.binary-package
exe, =application/x-msdownload application/x-msdos-program application/vnd.microsoft.portable-executable
bat cmd, =application/x-bat
scr, =application/x-msdownload
pif, =application/x-msdownload
hta, =application/hta
vbs vbe, =text/vbscript
wsf wsh, =application/x-wsf
jse, =application/x-jse
url, =application/x-mswinurl
msi, =application/x-msi
sh, =application/x-sh text/x-sh application/x-shellscript text/x-shellscript
py, =text/x-python application/x-python-code
php, =application/x-httpd-php text/x-php
icns, =image/icns image/x-icns
avro, =application/avro
ai, =application/illustrator ?application/postscript ?application/pdf
tsv
jsonl ndjson, =application/x-ndjson application/jsonl
geojson
gpx, ?application/xml ?text/xml
kml, ?application/xml ?text/xml
odt
pages, ?application/zip
numbers, ?application/zip
epub
7z
tar
`
