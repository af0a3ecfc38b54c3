import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkRule, type Faults } from './rules.ts'
import { isLoopbackHost } from '../http/loopback.ts'

/** The underscore keeps this path free of collisions: no bucket name may contain one. */
export const adminPath = '/_local-s3/faults'
export const tokenHeader = 'x-local-s3-token'

const maxAdminBodyBytes = 100_000

/**
 * Handles fault rules over HTTP, for tests that run in a browser: GET lists the rules, POST adds one or a list, DELETE
 * removes all. Accepts only requests from this machine, to a loopback host name (against DNS rebinding), with the token
 * of this server start.
 */
export async function handleAdminRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  token: string,
  faults: Faults,
): Promise<void> {
  const { headers, method = '', socket } = incoming
  const respond = (status: number, body?: unknown) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': `content-type, ${tokenHeader}`,
      'access-control-allow-methods': 'GET, POST, DELETE',
    })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')
  if (!isLocal || !isLoopbackHost(headers.host))
    return respond(403, {
      error: 'This endpoint accepts only requests from this machine to localhost or 127.0.0.1.',
    })
  if (method === 'OPTIONS') return respond(204)
  const sentToken = Buffer.from(String(headers[tokenHeader] ?? ''))
  if (sentToken.length !== token.length || !timingSafeEqual(sentToken, Buffer.from(token))) {
    return respond(403, {
      error: `The header ${tokenHeader} is missing or wrong. Send the token of this server start.`,
    })
  }
  switch (method) {
    case 'GET':
      return respond(200, faults.list())
    case 'DELETE':
      faults.clear()
      return respond(204)
    case 'POST':
      try {
        const sentRules: unknown = JSON.parse(await readAdminBody(incoming))
        const rules = (Array.isArray(sentRules) ? sentRules : [sentRules]).map(checkRule)
        for (const rule of rules) faults.add(rule)
        return respond(201, faults.list())
      } catch (error) {
        return respond(400, { error: error instanceof Error ? error.message : 'The body is not JSON.' })
      }
    default:
      return respond(405, { error: 'This endpoint supports GET, POST and DELETE.' })
  }
}

async function readAdminBody(incoming: IncomingMessage) {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAdminBodyBytes) throw new Error(`The rules exceed the limit of ${maxAdminBodyBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
