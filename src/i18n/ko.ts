import { describeAccept, typeLabel } from '../protocol/accept/accept-text.ts'
import type { ErrorDetails } from '../protocol/error-text.ts'
import type { Messages } from './en.ts'
import type { NumberFormatters } from './number-format.ts'

const tryAgainKorean = '다시 시도해 주세요.'
const tryLaterKorean = `잠시 후 ${tryAgainKorean}`
const serviceProblemKorean = `일시적인 오류입니다. ${tryLaterKorean}`
const lostConnectionKorean = `연결이 끊어졌습니다. ${tryAgainKorean}`
const interruptedKorean = `업로드가 중단되었습니다. ${tryAgainKorean}`

/** Korean texts for `messages`, including one for every error code. */
export const ko: Messages = {
  locale: 'ko',
  errors: {
    'wrong-type': ({ details: { accept = '*', foundType } = {} }) => {
      const kinds = describeAccept(accept, (kind) => kindNames[kind] ?? kind, 'ko')
      const found = foundType === undefined ? '' : `${typeLabel(foundType)} 형식의 파일입니다. `
      return found + (kinds ? `${kinds} 파일만 올릴 수 있습니다.` : '지원하지 않는 파일 형식입니다.')
    },
    empty: '빈 파일입니다.',
    'too-small': ({ details }, formatters) =>
      sizeLimitKorean(
        details?.minSize,
        formatters,
        ' 이상 파일만 올릴 수 있습니다.',
        '파일이 너무 작습니다.',
      ),
    'too-large': ({ details }, formatters) =>
      sizeLimitKorean(details?.maxSize, formatters, ' 이하 파일만 올릴 수 있습니다.', '파일이 너무 큽니다.'),
    'too-many': ({ details }, { number }) =>
      details?.maxFiles === undefined
        ? '파일이 너무 많습니다.'
        : `최대 ${number(details.maxFiles)}개까지 올릴 수 있습니다.`,
    'total-too-large': ({ details }, formatters) =>
      sizeLimitKorean(
        details?.maxTotalSize,
        formatters,
        ' 이하만 올릴 수 있습니다. 모든 파일을 합한 크기입니다.',
        '파일을 모두 합한 크기가 너무 큽니다.',
      ),
    'wrong-dimensions': ({ details }, formatters) => dimensionsKorean(details, formatters),
    unauthorized: '로그인해 주세요.',
    forbidden: '업로드 권한이 없습니다.',
    'not-found': serviceProblemKorean,
    rejected: '업로드할 수 없는 파일입니다.',
    throttled: `요청이 많습니다. ${tryLaterKorean}`,
    unavailable: serviceProblemKorean,
    'invalid-answer': serviceProblemKorean,
    expired: interruptedKorean,
    'clock-skew': serviceProblemKorean,
    signature: serviceProblemKorean,
    gone: interruptedKorean,
    'not-stored': interruptedKorean,
    mismatch: interruptedKorean,
    network: lostConnectionKorean,
    stalled: lostConnectionKorean,
    offline: '인터넷 연결을 확인해 주세요.',
    cors: serviceProblemKorean,
    unreadable: '파일을 읽을 수 없습니다. 다시 선택해 주세요.',
    canceled: '취소되었습니다.',
    unknown: `문제가 발생했습니다. ${tryAgainKorean}`,
  },

  chooseFile: '파일 선택',
  chooseFiles: '파일 선택',
  chooseFolder: '폴더 선택',
  takePhoto: '사진 찍기',
  chooseImage: '이미지 선택',
  chooseImages: '이미지 추가',
  replace: '바꾸기',
  dropFile: '또는 여기로 끌어다 놓아 주세요',
  dropFiles: '또는 여기로 끌어다 놓아 주세요',
  dropNow: '놓으면 업로드됩니다',
  wrongType: '지원하지 않는 파일 형식입니다',
  full: (limit, { number }) => `최대 ${number(limit)}개까지 올릴 수 있습니다`,
  count: (count, limit, { number }) =>
    limit === undefined ? `${number(count)}개` : `${number(limit)}개 중 ${number(count)}개`,

  image: '이미지',
  images: '이미지',
  file: '파일',
  files: '파일',
  uploads: '업로드',
  progress: '업로드 진행률',
  progressOf: (name) => `${name} 업로드`,
  rejections: '추가하지 못한 파일',
  moreRejections: (count, { number }) => `외 ${number(count)}개`,

  queued: '대기 중',
  held: '시작 전',
  canceled: '취소됨',
  preparing: '준비 중',
  starting: '시작 중',
  uploading: (percent) => `업로드 중, ${percent}`,
  paused: '일시정지됨',
  finishing: '마무리 중',
  checking: '검사 중',
  retrying: '다시 시도 중…',
  offline: '네트워크 연결 대기 중',
  done: '업로드 완료',
  // The word joiner (U+2060) keeps the unit in one line. A browser breaks between a slash and Hangul.
  speed: (size) => `${size}/\u2060초`,
  unavailable: '이미지를 볼 수 없음',
  notRemoved: (reason) => `삭제하지 못했습니다. ${reason}`,
  left: (duration) => `${duration} 남음`,
  summary: (done, total, { number }) =>
    done === total ? `${number(total)}개 업로드 완료` : `${number(total)}개 중 ${number(done)}개 업로드 완료`,
  failures: (count, { number }) => `${number(count)}개 실패`,

  shortReasons: {
    'wrong-type': '지원하지 않는 형식',
    empty: '빈 파일',
    'too-small': '너무 작음',
    'too-large': '용량 초과',
    'too-many': '개수 초과',
    'wrong-dimensions': '크기가 맞지 않음',
    unauthorized: '로그인 필요',
    forbidden: '권한 없음',
    rejected: '업로드 불가',
    throttled: '요청 많음',
    unavailable: '일시적인 오류',
    expired: '업로드 중단됨',
    gone: '업로드 중단됨',
    'not-stored': '업로드 중단됨',
    mismatch: '업로드 중단됨',
    network: '연결 끊김',
    stalled: '연결 끊김',
    offline: '오프라인',
    unreadable: '읽을 수 없음',
  },
  failedShort: '실패',

  cancel: '취소',
  retry: '다시 시도',
  remove: '삭제',
  dismiss: '닫기',
  undo: '되돌리기',
  open: '열기',
  close: '닫기',
  move: '순서 변경',
  cancelAll: '모두 취소',
  start: '시작',
  startAll: '모두 시작',
  startOf: (name) => `${name} 시작`,
  pause: '일시정지',
  pauseAll: '모두 일시정지',
  pauseOf: (name) => `${name} 일시정지`,
  resume: '계속',
  resumeAll: '모두 계속',
  resumeOf: (name) => `${name} 계속`,
  retryAll: '실패한 파일 다시 시도',
  clearDone: '완료된 파일 지우기',
  dismissAll: '모두 닫기',
  expand: '업로드 목록 펼치기',
  collapse: '업로드 목록 접기',
  cancelOf: (name) => `${name} 업로드 취소`,
  retryOf: (name) => `${name} 업로드 다시 시도`,
  removeOf: (name) => `${name} 삭제`,
  replaceOf: (name) => `${name} 바꾸기`,
  dismissOf: (name) => `${name} 알림 닫기`,
  openOf: (name) => `${name} 열기`,
  openInNewTab: (name) => `${name}, 새 탭에서 열림`,
  moveOf: (name) => `${name} 순서 변경`,
  undoOf: (name) => `${name} 되돌리기`,
  moveHint: '화살표 키로 순서를 바꿀 수 있습니다',
  next: '다음 이미지',
  previous: '이전 이미지',
  moveFirst: '맨 앞으로 이동',
  moveEarlier: '앞으로 이동',
  moveLater: '뒤로 이동',
  moveLast: '맨 뒤로 이동',
  undoAvailable: (removed) => `${removed}. 되돌릴 수 있습니다.`,
  removed: (name) => `${name} 삭제됨`,

  dropOnPage: (_multiple, label) =>
    label === undefined ? '추가할 파일을 놓아 주세요' : `${label}에 추가할 파일을 놓아 주세요`,

  crop: '자르기',
  cropOf: (name) => `${name} 자르기`,
  cropped: (name) => `${name} 사진을 잘랐습니다.`,
  cropTitle: '사진 자르기',
  cropCount: (position, total, { number }) => `${number(total)}장 중 ${number(position)}번째`,
  cropArea: '사진',
  cropHint: '사진을 끌거나 화살표 키를 눌러 위치를 조정해 주세요.',
  cropZoom: '확대/축소',
  cropZoomIn: '확대',
  cropZoomOut: '축소',
  cropRotateLeft: '왼쪽으로 회전',
  cropRotateRight: '오른쪽으로 회전',
  cropMoveLeft: '왼쪽으로 이동',
  cropMoveRight: '오른쪽으로 이동',
  cropMoveUp: '위로 이동',
  cropMoveDown: '아래로 이동',
  cropCancel: '취소',
  cropApply: '적용',
  cropApplyAll: '모두 적용',
  cropSkip: '자르지 않기',
  cropState: (zoom, x, y) => `${zoom} 확대, 왼쪽에서 ${x}, 위에서 ${y} 위치입니다.`,
  cropRotated: (degrees, { number }) => `${number(degrees)}도 회전했습니다.`,

  added: (count, name, { number }) =>
    count === 1 ? `${name} 파일을 추가했습니다.` : `파일 ${number(count)}개를 추가했습니다.`,
  started: (count, name, { number }) =>
    count === 1 ? `${name} 파일을 업로드합니다.` : `파일 ${number(count)}개를 업로드합니다.`,
  finished: (count, total, name, { number }) => {
    if (total === 1) return `${name} 업로드가 완료되었습니다.`
    return count === total
      ? `파일 ${number(total)}개가 모두 업로드되었습니다.`
      : `파일 ${number(total)}개 중 ${number(count)}개가 업로드되었습니다.`
  },
  underway: (percent) => `${percent} 업로드됨.`,
  checkStarted: (count, name, { number }) =>
    count === 1 ? `${name} 파일을 검사하고 있습니다.` : `파일 ${number(count)}개를 검사하고 있습니다.`,
  failed: (count, name, reason, { number }) =>
    count === 1
      ? `${name} 업로드에 실패했습니다. ${reason}`
      : `파일 ${number(count)}개의 업로드에 실패했습니다. ${reason}`,
  rejected: (count, name, reason, { number }) =>
    count === 1
      ? `${name} 파일을 추가하지 못했습니다. ${reason}`
      : `파일 ${number(count)}개를 추가하지 못했습니다. ${reason}`,
  reading: (count, { number }) => `폴더 확인 중, 파일 ${number(count)}개`,
  leftOut: (count, { number }) => `시스템 파일 ${number(count)}개는 제외했습니다.`,
  noFile: '놓은 항목에 파일이 없습니다. 기기에 저장한 뒤 여기에서 선택해 주세요.',
  moved: (name, position, total, { number }) => `${name}, ${number(total)}개 중 ${number(position)}번째.`,

  required: '필수',
  missing: (minimum, { number }) =>
    minimum === 1 ? '이미지를 추가해 주세요.' : `이미지를 ${number(minimum)}개 이상 추가해 주세요.`,
  missingFiles: (minimum, { number }) =>
    minimum === 1 ? '파일을 추가해 주세요.' : `파일을 ${number(minimum)}개 이상 추가해 주세요.`,
  stopped: '실패한 파일을 다시 시도하거나 삭제한 뒤 다시 제출해 주세요.',
  stoppedForGood: '실패한 파일을 삭제한 뒤 다시 제출해 주세요.',
  notSubmitted: '추가하지 못한 파일이 있어 제출하지 않았습니다.',
  submitPending: '업로드가 끝나면 제출됩니다.',
}

const kindNames: Readonly<Record<string, string>> = {
  image: '이미지',
  audio: '오디오',
  video: '동영상',
  text: '텍스트',
}

function sizeLimitKorean(
  limit: number | undefined,
  { size }: NumberFormatters,
  suffix: string,
  textWithoutLimit: string,
): string {
  return limit === undefined ? textWithoutLimit : `${size(limit)}${suffix}`
}

function dimensionsKorean(details: ErrorDetails = {}, { number }: NumberFormatters): string {
  const { width, height, minWidth, minHeight, maxWidth, maxHeight, maxPixels } = details
  if (width === undefined || height === undefined) return '이미지의 픽셀 크기가 맞지 않습니다.'
  const pixels = (side: string, limit: number | undefined, bound: string) =>
    limit === undefined ? [] : [`${side} ${number(limit)}픽셀 ${bound}`]
  const minimumText = [...pixels('가로', minWidth, '이상'), ...pixels('세로', minHeight, '이상')].join(', ')
  const maximumText = [
    ...pixels('가로', maxWidth, '이하'),
    ...pixels('세로', maxHeight, '이하'),
    ...pixels('전체', maxPixels, '이하'),
  ].join(', ')
  const limitText = minimumText
    ? ` ${minimumText}이어야 합니다.`
    : maximumText && ` ${maximumText}여야 합니다.`
  return `이미지가 ${number(width)} × ${number(height)}픽셀입니다.${limitText}`
}
