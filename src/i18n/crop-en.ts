import type { NumberFormatters } from './number-format.ts'

/** English texts of the dialog that crops pictures. They load with the dialog. */
export const cropEnglish = {
  crop: 'Crop',
  cropOf: (name: string) => `Crop ${name}`,
  /** Announces that the crop of a picture was changed. */
  cropped: (name: string) => `Cropped ${name}.`,
  cropTitle: 'Crop the picture',
  cropCount: (position: number, total: number, { number }: NumberFormatters) =>
    `${number(position)} of ${number(total)}`,
  cropArea: 'Picture',
  cropHint: 'Drag the picture or press the arrow keys to move it.',
  cropZoom: 'Zoom',
  cropZoomIn: 'Zoom in',
  cropZoomOut: 'Zoom out',
  cropRotateLeft: 'Rotate left',
  cropRotateRight: 'Rotate right',
  cropMoveLeft: 'Move left',
  cropMoveRight: 'Move right',
  cropMoveUp: 'Move up',
  cropMoveDown: 'Move down',
  cropCancel: 'Cancel',
  cropApply: 'Apply',
  cropApplyAll: 'Apply to all',
  cropSkip: 'Do not crop',
  /** Announces the part of the picture in the crop area. `x` and `y` are percentages from the left and from the top. */
  cropState: (zoom: string, x: string, y: string) => `Zoom ${zoom}, ${x} from the left, ${y} from the top.`,
  cropRotated: (degrees: number, { number }: NumberFormatters) => `Rotated by ${number(degrees)} degrees.`,
}
