/** Shows a file name on one line. Long names are cut in the middle, since the end has the extension. */
export function FileName({ name }: { readonly name: string }) {
  const isShort = name.length <= 24
  const tail = isShort ? '' : name.slice(-9)
  return (
    <bdi className="putaway-name-line" title={isShort ? undefined : name}>
      <span className="putaway-name-start">{name.slice(0, name.length - tail.length)}</span>
      {tail && <span className="putaway-name-end">{tail}</span>}
    </bdi>
  )
}
