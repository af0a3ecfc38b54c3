import imageCompression from 'browser-image-compression'
import { offerPreparation } from './preparation.js'

/** As its README says, with its worker, whose script is served by the app and not by a CDN. */
const options = {
  maxWidthOrHeight: 2560,
  initialQuality: 0.85,
  useWebWorker: true,
  libURL: `${location.origin}/browser-image-compression.js`,
}

offerPreparation((file) => imageCompression(file, options))
