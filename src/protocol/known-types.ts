/**
 * Formats: types, the canonical one first, then extensions, the main one first. A type without a top level has that of the
 * type before it; one with `?` counts only beside an extension of its line.
 * Generated from mime-db by test/protocol/known-types/generate.ts. To change it, edit additions.ts beside that and run
 * `npm run generate`.
 */
export const knownTypes = `image/jpeg jpg pjpeg:jpg jpeg jfif pjpeg pjp
image/png x-png apng:png apng
image/gif:gif
image/webp:webp
image/heic heif heic-sequence heif-sequence:heic heif hif
image/avif:avif
image/bmp x-ms-bmp x-bmp:bmp
image/tiff tif:tif tiff
image/x-icon vnd.microsoft.icon:ico
image/svg+xml:svg svgz
image/vnd.adobe.photoshop application/x-photoshop:psd
image/x-adobe-dng:dng
image/x-canon-cr2:cr2
image/x-nikon-nef:nef
image/x-sony-arw:arw
image/jxl:jxl
audio/mpeg mp3 x-mpeg mpeg3:mp3
audio/wav x-wav wave vnd.wave:wav
audio/mp4 x-m4a m4a mp4a-latm ?video/mp4:m4a m4b
audio/aac x-aac aacp:aac
audio/flac x-flac:flac
audio/ogg ?application/ogg ?video/ogg:ogg oga
audio/ogg opus ?application/ogg:opus
audio/webm ?video/webm:weba
audio/aiff x-aiff:aif aiff aifc
audio/amr:amr
audio/x-caf:caf
audio/midi x-midi:mid midi
audio/x-ms-wma:wma
video/mp4 ?audio/mp4:mp4
video/x-m4v ?mp4:m4v
video/quicktime ?mp4:mov qt
video/webm ?audio/webm:webm
video/x-matroska matroska:mkv
video/x-msvideo vnd.avi avi:avi
video/x-ms-wmv:wmv
video/mpeg:mpg mpeg mpe
video/3gpp ?audio/3gpp:3gp 3gpp
video/ogg ?application/ogg:ogv
video/mp2t ?text/vnd.trolltech.linguist:ts
video/mp2t ?model/vnd.mts:mts m2ts
application/pdf x-pdf:pdf
text/plain:txt text
text/plain x-log:log
text/csv x-csv application/csv text/comma-separated-values ?application/vnd.ms-excel:csv
text/markdown x-markdown:md markdown
application/json text/json:json
application/yaml text/yaml application/x-yaml text/x-yaml:yaml yml
application/rtf text/rtf ?application/msword:rtf
application/xml text/xml:xml
text/html:html htm
text/javascript application/javascript x-javascript:js mjs
application/msword:doc
application/vnd.ms-excel:xls
application/vnd.ms-powerpoint powerpoint:ppt
application/vnd.openxmlformats-officedocument.wordprocessingml.document:docx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet:xlsx
application/vnd.openxmlformats-officedocument.presentationml.presentation:pptx
application/x-hwp haansofthwp vnd.hancom.hwp:hwp
application/zip x-zip-compressed x-zip:zip
application/gzip x-gzip x-compressed-tar:gz tgz
application/vnd.rar x-rar-compressed x-compressed x-rar:rar`
