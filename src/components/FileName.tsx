/** Shows a file name on one line. Long names are cut in the middle, since the end has the extension. */
export function FileName({ name }: { readonly name: string }) {
  const whole = name.length <= 24
  const tail = whole ? '' : name.slice(-9)
  return (
    <bdi className="putaway-name-line" title={whole ? undefined : name}>
      <span className="putaway-name-start">{name.slice(0, name.length - tail.length)}</span>
      {tail && <span className="putaway-name-end">{tail}</span>}
    </bdi>
  )
}
