/** The path of the Perl script. The package has no types of its own. */
declare module 'exiftool-vendored.pl' {
  const path: string
  export default path
}
