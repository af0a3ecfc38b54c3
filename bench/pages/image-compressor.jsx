import Compressor from 'compressorjs'
import { offerPreparation } from './preparation.js'

/** As its README says. It has no worker. */
offerPreparation(
  (file) =>
    new Promise((success, error) => {
      // oxlint-disable-next-line no-new -- its interface
      new Compressor(file, { maxWidth: 2560, maxHeight: 2560, quality: 0.85, success, error })
    }),
)
