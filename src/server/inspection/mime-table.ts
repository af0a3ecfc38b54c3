/**
 * The types of mime-db that have a file extension, each with its extensions, the usual extension first. Registered types
 * and types without `x-` or `vnd.` come first. A word with a slash, such as `image/x-`, is the beginning of all types
 * after it. An empty extension, and the extension of a type without a colon, is the end of the type's name:
 * `extensionOfName`. Generated from mime-db by test/protocol/known-types/generate.ts. mime-db itself is not used, because
 * it has 200 kB and most of its types have no extension.
 */
export const mimeTable = `application/ andrew-inset:ez atom+xml atomcat+xml atomdeleted+xml atomsvc+xml atsc-dwd+xml:dwd atsc-held+xml:held
atsc-rsat+xml:rsat automationml-aml+xml:aml automationml-amlx+zip:amlx calendar+xml:xcs ccxml+xml cdfx+xml
cdmi-capability:cdmia cdmi-container:cdmic cdmi-domain:cdmid cdmi-object:cdmio cdmi-queue:cdmiq cpl+xml cwl
dash+xml:mpd dash-patch+xml:mpp davmount+xml dicom:dcm dssc+der dssc+xml:xdssc emma+xml emotionml+xml epub+zip exi
express:exp fdf fdt+xml font-tdpfr:pfr geo+json:geojson gml+xml gzip:gz hyperstudio:stk inkml+xml:ink, ipfix
its+xml java-archive:jar,war,ear json:,map ld+json:jsonld lgr+xml lost+xml:lostxml mac-binhex40:hqx mads+xml
manifest+json:webmanifest marc:mrc marcxml+xml:mrcx mathematica:ma,nb,mb mathml+xml mbox
media-policy-dataset+xml:mpf mediaservercontrol+xml:mscml metalink4+xml:meta4 mets+xml mmt-aei+xml:maei
mmt-usd+xml:musd mods+xml mp21:m21, mp4:,mpg4,mp4s,m4p msword:doc,dot mxf n-quads:nq n-triples:nt node:cjs
octet-stream:bin,dms,lrf,mar,so,dist,distz,pkg,bpk,dump,elc,deploy,exe,dll,deb,dmg,iso,img,msi,msp,msm,buffer oda
oebps-package+xml:opf ogg:ogx oxps p2p-overlay+xml:relo patch-ops-error+xml:xer pdf pgp-encrypted:pgp pgp-keys:asc
pgp-signature:sig,asc pkcs10:p10 pkcs7-mime:p7m,p7c pkcs7-signature:p7s pkcs8:p8 pkix-attr-cert:ac pkix-cert:cer
pkix-crl:crl pkix-pkipath:pkipath pkixcmp:pki pls+xml postscript:ai,eps,ps provenance+xml:provx prs.cww prs.xsf+xml
pskc+xml:pskcxml rdf+xml:,owl reginfo+xml:rif relax-ng-compact-syntax:rnc resource-lists+xml:rl
resource-lists-diff+xml:rld rls-services+xml:rs route-apd+xml:rapd route-s-tsid+xml:sls route-usd+xml:rusd
rpki-ghostbusters:gbr rpki-manifest:mft rpki-roa:roa rtf sbml+xml scvp-cv-request:scq scvp-cv-response:scs
scvp-vp-request:spq scvp-vp-response:spp sdp senml+xml:senmlx sensml+xml:sensmlx set-payment-initiation:setpay
set-registration-initiation:setreg shf+xml sieve:siv, smil+xml:smi, sparql-query:rq sparql-results+xml:srx sql
srgs:gram srgs+xml:grxml sru+xml ssml+xml swid+xml:swidtag tei+xml:,teicorpus thraud+xml:tfi timestamped-data:tsd
toml trig ttml+xml urc-ressheet+xml:rsheet urc-targetdesc+xml:td voicexml+xml:vxml wasm watcherinfo+xml:wif
widget:wgt wsdl+xml wspolicy+xml xcap-att+xml:xav xcap-caps+xml:xca xcap-diff+xml:xdf xcap-el+xml:xel
xcap-ns+xml:xns xenc+xml xfdf xhtml+xml:,xht xliff+xml:xlf xml:,xsl,xsd,rng xml-dtd:dtd xop+xml xslt+xml:xsl,
xv+xml:mxml,xhvml,xvml,xvm yang yin+xml zip audio/ 3gpp aac:adts, amr basic:au,snd mobile-xmf:mxmf mp4:m4a,mp4a,m4b
mpeg:mpga,mp2,mp2a,mp3,m2a,m3a ogg:oga,,spx,opus font/ collection:ttc otf ttf woff woff2 image/ aces:exr apng avci
avcs avif bmp:,dib cgm dicom-rle:drle dpx emf fits g3fax:g3 gif heic heic-sequence:heics heif heif-sequence:heifs
hej2k:hej2 ief jaii jais jls jp2:,jpg2 jpeg:jpg,,jpe jph jphc:jhc jpm:,jpgm jpx:,jpf jxl jxr jxra jxrs jxs jxsc
jxsi jxss ktx ktx2 png prs.btif:,btf prs.pti svg+xml:,svgz t38 tiff:tif, tiff-fx:tfx webp wmf
message/ disposition-notification global:u8msg global-delivery-status:u8dsn global-disposition-notification:u8mdn
global-headers:u8hdr rfc822:eml,mime,mht,mhtml model/ 3mf gltf+json gltf-binary:glb iges:igs, jt mesh:msh,,silo mtl
obj prc step:,stp,stpnc,p21,210 step+xml:stpx step+zip:stpz step-xml+zip:stpxz stl u3d vrml:wrl,
x3d+fastinfoset:x3db x3d+xml:,x3dz x3d-vrml:x3dv text/ cache-manifest:appcache,manifest calendar:ics,ifb css csv
html:,htm,shtml javascript:js,mjs markdown:md, n3 plain:txt,text,conf,def,list,log,in,ini prs.lines.tag:dsc
richtext:rtx rtf sgml:,sgm shex spdx tab-separated-values:tsv troff:t,tr,roff,man,me,ms turtle:ttl
uri-list:uri,uris,urls vcard vtt wgsl xml video/ 3gpp:3gp, 3gpp2:3g2 h261 h263 h264 iso.segment:m4s jpeg:jpgv
mj2:,mjp2 mp2t:ts,m2t,m2ts,mts mp4:,mp4v,mpg4 mpeg:,mpg,mpe,m1v,m2v ogg:ogv quicktime:qt,mov
application/vnd. 1000minds.decision-model+xml:1km 3gpp.pic-bw-large:plb 3gpp.pic-bw-small:psb 3gpp.pic-bw-var:pvb
3gpp2.tcap 3m.post-it-notes:pwn accpac.simply.aso accpac.simply.imp acucobol:acu acucorp:atc,acutc
adobe.formscentral.fcdt adobe.fxp:,fxpl adobe.xdp+xml age ahead.space:ahead airzip.filesecure.azf
airzip.filesecure.azs americandynamics.acc amiga.ami anser-web-certificate-issue-initiation:cii
antix.game-component:atx apple.installer+xml:mpkg apple.keynote:key apple.mpegurl:m3u8 apple.numbers apple.pages
aristanetworks.swi astraea-software.iota audiograph:aep balsamiq.bmml+xml blueice.multipass:mpm bmi
businessobjects:rep chemdraw+xml:cdxml chipnuts.karaoke-mmd:mmd cinderella:cdy citationstyles.style+xml:csl
claymore:cla cloanto.rp9 clonk.c4group:c4g,c4d,c4f,c4p,c4u cluetrust.cartomobile-config:c11amc
cluetrust.cartomobile-config-pkg:c11amz commonspace:csp contact.cmsg:cdbcmsg cosmocaller:cmc crick.clicker:clkx
crick.clicker.keyboard:clkk crick.clicker.palette:clkp crick.clicker.template:clkt crick.clicker.wordbank:clkw
criticaltools.wbs+xml ctc-posml:pml cups-ppd:ppd dart data-vision.rdz dbf dcmp+xml dece.data:uvf,uvvf,uvd,uvvd
dece.ttml+xml:uvt,uvvt dece.unspecified:uvx,uvvx dece.zip:uvz,uvvz denovo.fcselayout-link:fe_launch dna dpgraph:dpg
dreamfactory:dfac dvb.ait dvb.service:svc dynageo:geo ecowin.chart:mag enliven:nml epson.esf epson.msf
epson.quickanime:qam epson.salt:slt epson.ssf eszigno3+xml:es3,et3 ezpix-album:ez2 ezpix-package:ez3 fdsn.mseed
fdsn.seed:,dataless flographit:gph fluxtime.clip:ftc framemaker:fm,frame,maker,book fsc.weblaunch:fsc
fujitsu.oasys:oas fujitsu.oasys2:oa2 fujitsu.oasys3:oa3 fujitsu.oasysgp:fg5 fujitsu.oasysprs:bh2 fujixerox.ddd
fujixerox.docuworks:xdw fujixerox.docuworks.binder:xbd fuzzysheet:fzs genomatix.tuxedo:txd geogebra.file:ggb
geogebra.slides:ggs geogebra.tool:ggt geometry-explorer:gex,gre geonext:gxt geoplan:g2w geospace:g3w gmx
google-earth.kml+xml google-earth.kmz gov.sk.xmldatacontainer+xml:xdcf grafeq:gqf,gqs groove-account:gac
groove-help:ghf groove-identity-message:gim groove-injector:grv groove-tool-message:gtm groove-tool-template:tpl
groove-vcard:vcg hal+xml handheld-entertainment+xml:zmm hbci hhe.lesson-player:les hp-hpgl:hpgl hp-hpid:hpid
hp-hps:hps hp-jlyt:jlt hp-pcl:pcl hp-pclxl:pclxl hydrostatix.sof-data:sfd-hdstx ibm.minipay:mpy
ibm.rights-management:irm ibm.secure-container:sc iccprofile:icc,icm igloader:igl immervision-ivp:ivp
immervision-ivu:ivu insors.igm intercon.formnet:xpw,xpx intergeo:i2g intu.qbo intu.qfx ipunplugged.rcprofile
irepository.package+xml:irp is-xpr:xpr isac.fcs jam jcp.javame.midlet-rms:rms jisp joost.joda-archive:joda
kahootz:ktz,ktr kde.karbon kde.kchart:chrt kde.kformula:kfo kde.kivio:flw kde.kontour:kon kde.kpresenter:kpr,kpt
kde.kspread:ksp kde.kword:kwd,kwt kenameaapp:htke kidspiration:kia kinar:kne,knp koan:skp,skd,skt,skm
kodak-descriptor:sse las.las+xml:lasxml llamagraphics.life-balance.desktop:lbd
llamagraphics.life-balance.exchange+xml:lbe lotus-1-2-3:123 lotus-approach:apr lotus-freelance:pre lotus-notes:nsf
lotus-organizer:org lotus-screencam:scm lotus-wordpro:lwp macports.portpkg mapbox-vector-tile:mvt mcd
medcalcdata:mc1 mediastation.cdkey mfer:mwf mfmp:mfm micrografx.flo micrografx.igx mif mobius.daf mobius.dis
mobius.mbk mobius.mqy mobius.msl mobius.plc mobius.txf mophun.application:mpn mophun.certificate:mpc
mozilla.xul+xml ms-artgalry:cil ms-cab-compressed:cab ms-excel:xls,xlm,xla,xlc,xlt,xlw
ms-excel.addin.macroenabled.12:xlam ms-excel.sheet.binary.macroenabled.12:xlsb ms-excel.sheet.macroenabled.12:xlsm
ms-excel.template.macroenabled.12:xltm ms-fontobject:eot ms-htmlhelp:chm ms-ims:ims ms-lrm:lrm ms-officetheme:thmx
ms-powerpoint:ppt,pps,pot ms-powerpoint.addin.macroenabled.12:ppam ms-powerpoint.presentation.macroenabled.12:pptm
ms-powerpoint.slide.macroenabled.12:sldm ms-powerpoint.slideshow.macroenabled.12:ppsm
ms-powerpoint.template.macroenabled.12:potm ms-project:mpp,mpt ms-word.document.macroenabled.12:docm
ms-word.template.macroenabled.12:dotm ms-works:wps,wks,wcm,wdb ms-wpl:wpl ms-xpsdocument:xps mseq musician:mus
muvee.style:msty mynfc:taglet nato.bindingdataobject+xml:bdo neurolanguage.nlu nitf:ntf, noblenet-directory:nnd
noblenet-sealer:nns noblenet-web:nnw nokia.n-gage.ac+xml nokia.n-gage.data:ngdat nokia.radio-preset:rpst
nokia.radio-presets:rpss novadigm.edm novadigm.edx novadigm.ext oasis.opendocument.chart:odc
oasis.opendocument.chart-template:otc oasis.opendocument.formula:odf oasis.opendocument.formula-template:odft
oasis.opendocument.graphics:odg oasis.opendocument.graphics-template:otg oasis.opendocument.image:odi
oasis.opendocument.image-template:oti oasis.opendocument.presentation:odp
oasis.opendocument.presentation-template:otp oasis.opendocument.spreadsheet:ods
oasis.opendocument.spreadsheet-template:ots oasis.opendocument.text:odt oasis.opendocument.text-master:odm
oasis.opendocument.text-template:ott oasis.opendocument.text-web:oth olpc-sugar:xo oma.dd2+xml
openblox.game+xml:obgx openstreetmap.data+xml:osm openxmlformats-officedocument.presentationml.presentation:pptx
openxmlformats-officedocument.presentationml.slide:sldx openxmlformats-officedocument.presentationml.slideshow:ppsx
openxmlformats-officedocument.presentationml.template:potx openxmlformats-officedocument.spreadsheetml.sheet:xlsx
openxmlformats-officedocument.spreadsheetml.template:xltx
openxmlformats-officedocument.wordprocessingml.document:docx
openxmlformats-officedocument.wordprocessingml.template:dotx osgeo.mapguide.package:mgp osgi.dp osgi.subsystem:esa
palm:pdb,pqa,oprc pawaafile:paw pg.format:str pg.osasli:ei6 picsel:efif pmi.widget:wg pocketlearn:plf
powerbuilder6:pbd previewsystems.box proteus.magazine:mgz publishare-delta-tree:qps pvi.ptid1:ptid
pwg-xhtml-print+xml:xhtm quark.quarkxpress:qxd,qxt,qwd,qwt,qxl,qxb rar realvnc.bed recordare.musicxml:mxl
recordare.musicxml+xml rig.cryptonote route66.link66+xml sailingtracker.track:st seemail:see sema semd semf
shana.informed.formdata:ifm shana.informed.formtemplate:itp shana.informed.interchange:iif
shana.informed.package:ipk simtech-mindmapper:twd,twds smaf:mmf smart.teacher software602.filler.form+xml:fo
solent.sdkm+xml:,sdkd spotfire.dxp spotfire.sfs stepmania.package:smzip stepmania.stepchart:sm sun.wadl+xml
sus-calendar:sus,susp svd syncml+xml:xsm syncml.dm+wbxml:bdm syncml.dm+xml:xdm syncml.dmddf+xml:ddf
tao.intent-module-archive:tao tcpdump.pcap:,cap,dmp tmobile-livetv:tmo trid.tpt triscape.mxs trueapp:tra ufdl:ufd,
uiq.theme:utz umajin:umj unity:unityweb uoml+xml:,uo vcx visio:vsd,vst,vss,vsw,vsdx,vtx visionary:vis vsf wap.wbxml
wap.wmlc wap.wmlscriptc:wmlsc webturbo:wtb wolfram.player:nbp wordperfect:wpd wqd wt.stf xara:xar xfdl
yamaha.hv-dic:hvd yamaha.hv-script:hvs yamaha.hv-voice:hvp yamaha.openscoreformat:osf
yamaha.openscoreformat.osfpvg+xml yamaha.smaf-audio:saf yamaha.smaf-phrase:spf yellowriver-custom-menu:cmp
zul:zir,zirz zzazz.deck+xml:zaz application/x- x509-ca-cert:der,crt,pem audio/vnd. dece.audio:uva,uvva
digital-winds:eol dra dts dts.hd:dtshd lucent.voice:lvp ms-playready.media.pya nuera.ecelp4800 nuera.ecelp7470
nuera.ecelp9600 rip image/vnd. adobe.photoshop:psd airzip.accelerator.azv dece.graphic:uvi,uvvi,uvg,uvvg djvu:,djv
dvb.subtitle:sub dwg dxf fastbidsheet:fbs fpx fst fujixerox.edmics-mmr:mmr fujixerox.edmics-rlc:rlc
microsoft.icon:ico ms-modi:mdi net-fpx:npx pco.b16 tencent.tap valve.source.texture:vtf wap.wbmp xiff:xif
zbrush.pcx message/vnd. wfa.wsc model/vnd. bary cld collada+xml:dae dwf gdl gtw mts opengex:ogex
parasolid.transmit.binary:x_b parasolid.transmit.text:x_t pytha.pyox:pyo, sap.vds usda usdz+zip
valve.source.compiled-map:bsp vtu text/vnd. curl dvb.subtitle:sub familysearch.gedcom:ged fly fmi.flexstor:flx
graphviz:gv in3d.3dml in3d.spot sun.j2me.app-descriptor:jad wap.wml wap.wmlscript:wmls video/vnd. dece.hd:uvh,uvvh
dece.mobile:uvm,uvvm dece.pd:uvp,uvvp dece.sd:uvs,uvvs dece.video:uvv,uvvv dvb.file:dvb fvt mpegurl:mxu,m4u
ms-playready.media.pyv uvvu.mp4:uvu,uvvu vivo:viv application/ applixware:aw cu-seeme:cu docbook+xml:dbk
ecmascript:ecma gpx+xml gxf java-serialized-object:ser java-vm:class javascript:js jsonml+json mac-compactpro:cpt
metalink+xml omdoc+xml onenote:onetoc,onetoc2,onetmp,onepkg,one,onea pics-rules:prf rsd+xml rss+xml ssdl+xml
winhlp:hlp xaml+xml xproc+xml:xpl xspf+xml audio/ adpcm:adp midi:mid,,kar,rmi s3m silk:sil webm:weba xm image/ sgi
model/ x3d+binary:x3db,x3dbz x3d+vrml:x3dv,x3dvz video/ jpm:,jpgm webm
application/vnd. adobe.air-application-installer-package+zip:air adobe.xfdf amazon.ebook:azw
android.package-archive:apk anser-web-funds-transfer-initiation:fti curl.car curl.pcurl dolby.mlp ds-keypoint:kpxx
fdf frogans.fnc frogans.ltf ibm.modcap:afp,listafp,list3820 ms-pki.seccat:cat ms-pki.stl
nokia.n-gage.symbian.install:n-gage oasis.opendocument.database:odb openofficeorg.extension:oxt rim.cod
rn-realmedia:rm rn-realmedia-vbr:rmvb stardivision.calc:sdc stardivision.draw:sda stardivision.impress:sdd
stardivision.math:smf stardivision.writer:sdw,vor stardivision.writer-global:sgl sun.xml.calc:sxc
sun.xml.calc.template:stc sun.xml.draw:sxd sun.xml.draw.template:std sun.xml.impress:sxi
sun.xml.impress.template:sti sun.xml.math:sxm sun.xml.writer:sxw sun.xml.writer.global:sxg
sun.xml.writer.template:stw symbian.install:sis,sisx application/x- 7z-compressed:7z abiword:abw ace-compressed:ace
apple-diskimage:dmg authorware-bin:aab,x32,u32,vox authorware-map:aam authorware-seg:aas bcpio bittorrent:torrent
blorb:blb, bzip:bz bzip2:bz2,boz cbr:,cba,cbt,cbz,cb7 cdlink:vcd cfs-compressed:cfs chat chess-pgn:pgn
conference:nsc cpio csh debian-package:deb,udeb dgc-compressed:dgc director:dir,dcr,dxr,cst,cct,cxt,w3d,fgd,swa
doom:wad dtbncx+xml:ncx dtbook+xml:dtb dtbresource+xml:res dvi envoy:evy eva font-bdf:bdf font-ghostscript:gsf
font-linux-psf:psf font-pcf:pcf font-snf:snf font-type1:pfa,pfb,pfm,afm freearc:arc futuresplash:spl
gca-compressed:gca glulx:ulx gnumeric gramps-xml:gramps gtar hdf install-instructions:install iso9660-image:iso
java-jnlp-file:jnlp latex lzh-compressed:lzh,lha mie mobipocket-ebook:prc,mobi ms-application:application
ms-shortcut:lnk ms-wmd:wmd ms-wmz:wmz ms-xbap:xbap msaccess:mdb msbinder:obd mscardfile:crd msclip:clp
msdownload:exe,dll,com,bat,msi msmediaview:mvb,m13,m14 msmetafile:wmf,wmz,emf,emz msmoney:mny mspublisher:pub
msschedule:scd msterminal:trm mswrite:wri netcdf:nc,cdf nzb pkcs12:p12,pfx pkcs7-certificates:p7b,spc
pkcs7-certreqresp:p7r rar-compressed:rar research-info-systems:ris sh shar shockwave-flash:swf silverlight-app:xap
sql stuffit:sit stuffitx:sitx subrip:srt sv4cpio sv4crc t3vm-image:t3 tads:gam tar tcl:,tk tex tex-tfm:tfm
texinfo:,texi tgif:obj ustar wais-source:src xfig:fig xliff+xml:xlf xpinstall:xpi xz
zmachine:z1,z2,z3,z4,z5,z6,z7,z8 audio/x- aac aiff:aif,,aifc caf flac matroska:mka mpegurl:m3u ms-wax:wax
ms-wma:wma pn-realaudio:ram,ra pn-realaudio-plugin:rmp wav chemical/x- cdx cif cmdf cml csml xyz
image/vnd. ms-photo:wdp image/x- 3ds cmu-raster:ras cmx freehand:fh,fhc,fh4,fh5,fh7 icon:ico mrsid-image:sid pcx
pict:pic,pct portable-anymap:pnm portable-bitmap:pbm portable-graymap:pgm portable-pixmap:ppm rgb tga xbitmap:xbm
xpixmap:xpm xwindowdump:xwd text/vnd. curl.dcurl curl.mcurl curl.scurl text/x- asm:s, c:,cc,cxx,cpp,h,hh,dic
fortran:f,for,f77,f90 java-source:java nfo opml pascal:p,pas setext:etx sfv uuencode:uu vcalendar:vcs vcard:vcf
video/x- f4v fli flv m4v matroska:mkv,mk3d,mks mng ms-asf:asf,asx ms-vob:vob ms-wm:wm ms-wmv:wmv ms-wmx:wmx
ms-wvx:wvx msvideo:avi sgi-movie:movie smv x-conference/x- cooltalk:ice text/ mathml:mml application/x- cocoa:cco
java-archive-diff:jardiff makeself:run perl:pl,pm pilot:prc,pdb redhat-package-manager:rpm sea audio/x- m4a
realaudio:ra image/x- jng ms-bmp:bmp text/x- component:htc application/ appinstaller appx appxbundle bdoc hjson
json5 msix msixbundle raml+yaml ubjson:ubj zip+dotlottie:lottie audio/ mp3 wav wave:wav image/ pjpeg:jfif
text/ coffeescript:coffee,litcoffee jade jsx less mdx slim:,slm stylus:,styl yaml:,yml
application/vnd. apple.pkpass autodesk.fbx google-apps.document:gdoc google-apps.drawing:gdraw
google-apps.form:gform google-apps.jam:gjam google-apps.map:gmap google-apps.presentation:gslides
google-apps.script:gscript google-apps.site:gsite google-apps.spreadsheet:gsheet ms-outlook:msg ms-visio.viewer:vdx
procrate.brushset procreate.brush procreate.dream:drm application/x- arj bdoc blender:blend chrome-extension:crx
compressed:rar httpd-php:php ipynb+json iwork-keynote-sffkey:key iwork-numbers-sffnumbers:numbers
iwork-pages-sffpages:pages keepass2:kdbx lua-bytecode:luac msdos-program:exe ns-proxy-autoconfig:pac
virtualbox-hdd:hdd virtualbox-ova:ova virtualbox-ovf:ovf virtualbox-vbox:vbox virtualbox-vbox-extpack:vbox-extpack
virtualbox-vdi:vdi virtualbox-vhd:vhd virtualbox-vmdk:vmdk web-app-manifest+json:webapp zip-compressed:zip
image/vnd. ms-dds:dds image/x- adobe-dng:dng text/x- handlebars-template:hbs lua markdown:mkd org processing:pde
sass scss suse-ymp:ymp`
