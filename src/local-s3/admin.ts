import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkRule, type Faults } from './faults.ts'
import { isLoopbackHost } from './loopback.ts'

/** No bucket can have this name. */
export const adminPath = '/_local-s3/faults'
export const tokenHeader = 'x-local-s3-token'

const largestRules = 100_000

/**
 * Faults over HTTP, for a test that lives in a browser: GET lists the rules, POST adds one or a list, DELETE clears them.
 * Only with the token of this start, from this machine, under a loopback name (a page cannot be rebound to it).
 */
export async function administer(
  incoming: IncomingMessage,
  response: ServerResponse,
  token: string,
  faults: Faults,
): Promise<void> {
  const { headers, method = '', socket } = incoming
  const answer = (status: number, body?: unknown) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': `content-type, ${tokenHeader}`,
      'access-control-allow-methods': 'GET, POST, DELETE',
    })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }
  const local = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')
  if (!local || !isLoopbackHost(headers.host))
    return answer(403, { error: 'Only for this machine, by its loopback name.' })
  if (method === 'OPTIONS') return answer(204)
  const sent = Buffer.from(String(headers[tokenHeader] ?? ''))
  if (sent.length !== token.length || !timingSafeEqual(sent, Buffer.from(token))) {
    return answer(403, { error: `The header ${tokenHeader} must hold the token of this start.` })
  }
  switch (method) {
    case 'GET':
      return answer(200, faults.list())
    case 'DELETE':
      faults.clear()
      return answer(204)
    case 'POST':
      try {
        const sentRules: unknown = JSON.parse(await readBody(incoming))
        const rules = (Array.isArray(sentRules) ? sentRules : [sentRules]).map(checkRule)
        for (const rule of rules) faults.add(rule)
        return answer(201, faults.list())
      } catch (error) {
        return answer(400, { error: error instanceof Error ? error.message : 'Not JSON' })
      }
    default:
      return answer(405, { error: 'GET, POST or DELETE' })
  }
}

async function readBody(incoming: IncomingMessage) {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestRules) throw new Error(`Rules may have ${largestRules} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
