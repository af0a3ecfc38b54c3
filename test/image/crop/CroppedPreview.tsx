import { Upload } from 'putaway'
import type { ImageCrop } from 'putaway'

export const CroppedPreview = () => (
  <Upload.Preview
    render={({ children, ...props }, entry) => {
      const { url, crop, name = '' } = entry.kind === 'stored' ? entry.image : {}
      return (
        <span {...props}>
          {url && crop ? <CroppedPicture url={url} crop={crop} name={name} /> : children}
        </span>
      )
    }}
  />
)

function CroppedPicture({ url, crop, name }: { url: string; crop: ImageCrop; name: string }) {
  const { x, y, width, height, rotation, imageWidth, imageHeight } = crop
  const isOnSide = rotation % 180 !== 0
  const [turnedWidth, turnedHeight] = isOnSide ? [imageHeight, imageWidth] : [imageWidth, imageHeight]
  const percent = (pixels: number, total: number) => `${(100 * pixels) / total}%`
  return (
    <span style={{ display: 'block', position: 'relative', overflow: 'hidden', aspectRatio: width / height }}>
      <img
        src={url}
        alt={name}
        style={{
          position: 'absolute',
          maxWidth: 'none',
          width: percent(imageWidth, width),
          height: percent(imageHeight, height),
          left: percent(turnedWidth / 2 - x, width),
          top: percent(turnedHeight / 2 - y, height),
          transform: `translate(-50%, -50%) rotate(${rotation}deg)`,
        }}
      />
    </span>
  )
}
