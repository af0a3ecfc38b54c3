/**
 * One file format per line: its MIME types, a colon and its extensions. The canonical type and the main extension are
 * first. Without a colon, the extension is the name of the type. A type without a slash has the top level (`image`,
 * `audio` and so on) of the type before it. Each type is also known with or without `x-`. A type with `?` counts only
 * for a file with an extension of its line.
 * Generated from mime-db by test/protocol/known-types/generate.ts. To change it, edit additions.ts in that folder and run
 * `npm run generate`.
 */
export const knownTypes = `image/jpeg jpg pjpeg:jpg jpeg jfif pjpeg pjp
png apng:png apng
gif
webp
heic heif heic-sequence heif-sequence:heic heif hif heics heifs
avif
bmp x-ms-bmp:bmp
tiff tif:tif tiff
x-icon vnd.microsoft.icon:ico
svg+xml:svg
vnd.adobe.photoshop application/x-photoshop:psd
image/x-adobe-dng:dng
x-canon-cr2:cr2
x-nikon-nef:nef
x-sony-arw:arw
x-canon-cr3:cr3
x-fujifilm-raf:raf
x-olympus-orf:orf
x-panasonic-rw2:rw2
jxl
audio/mpeg mp3 mpeg3:mp3
wav wave vnd.wave:wav
mp4 x-m4a mp4a-latm ?video/mp4:m4a m4b
audio/aac aacp:aac
flac
ogg ?application/ogg ?video/ogg:ogg oga
audio/ogg opus ?application/ogg:opus
audio/webm ?video/webm:weba
audio/aiff:aif aiff aifc
amr
x-caf
midi:mid midi
x-ms-wma:wma
video/mp4 ?audio/mp4:mp4
video/x-m4v ?mp4:m4v
quicktime ?mp4:mov qt
webm ?audio/webm:webm
video/x-matroska:mkv
x-msvideo vnd.avi avi:avi
x-ms-wmv:wmv
mpeg:mpg mpeg mpe
3gpp ?audio/3gpp:3gp 3gpp
video/3gpp2 ?audio/3gpp2:3g2
video/ogg ?application/ogg:ogv
video/mp2t ?text/vnd.trolltech.linguist:ts
video/mp2t ?model/vnd.mts:mts m2ts
application/pdf
text/plain:txt text
plain x-log:log
csv application/csv text/comma-separated-values ?application/vnd.ms-excel:csv
text/markdown:md markdown
application/json text/json:json
application/yaml text/yaml:yaml yml
application/rtf text/rtf ?application/msword:rtf
xml text/xml:xml
html:html htm
javascript application/javascript:js mjs
msword:doc
vnd.ms-excel:xls
vnd.ms-powerpoint powerpoint:ppt
vnd.openxmlformats-officedocument.wordprocessingml.document:docx
vnd.openxmlformats-officedocument.spreadsheetml.sheet:xlsx
vnd.openxmlformats-officedocument.presentationml.presentation:pptx
x-hwp haansofthwp vnd.hancom.hwp:hwp
zip x-zip-compressed:zip
gzip x-compressed-tar:gz tgz
vnd.rar x-rar-compressed x-compressed x-rar:rar`
