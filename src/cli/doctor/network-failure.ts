/** Summary and fix of a request that got no response. */
export interface NetworkFailure {
  readonly summary: string
  readonly evidence: string
  readonly fix: string
}

/**
 * Explains an error that `fetch` throws. `server` is "the backend" or "storage". `setting` is the option that contains
 * the address of that server.
 */
export function explainNetworkFailure(
  thrown: unknown,
  url: string | URL,
  server: string,
  setting: string,
): NetworkFailure {
  const { host, hostname, port, origin } = new URL(url)
  const { code, message } = readCause(thrown)
  const evidence = `The request to ${origin} ended with ${[code, message].filter(Boolean).join(': ') || 'an error'}.`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      summary: `no answer from ${origin}: DNS does not know ${hostname}`,
      evidence,
      fix: `Correct the host name in ${setting}.`,
    }
  if (code === 'ECONNREFUSED')
    return {
      summary: `no answer from ${origin}: nothing listens at ${host}`,
      evidence,
      fix: `Start ${server}, or correct the port in ${setting}.`,
    }
  if (message === 'bad port')
    return {
      summary: `browsers and Node refuse to send requests to port ${port}`,
      evidence,
      fix: `Use another port for ${server}.`,
    }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return {
      summary: `${host} speaks http, not https`,
      evidence,
      fix: `Write http:// in ${setting}, or serve TLS on port ${port || '443'}.`,
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      summary: `the TLS certificate of ${host} is for another host name`,
      evidence,
      fix: 'Use the host name of the certificate, or install a certificate for this one.',
    }
  if (code === 'CERT_HAS_EXPIRED')
    return { summary: `the TLS certificate of ${host} has expired`, evidence, fix: 'Renew the certificate.' }
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return {
      summary: `the TLS certificate of ${host} is not trusted`,
      evidence,
      fix: 'Install a certificate of a public authority. For a local one, set NODE_EXTRA_CA_CERTS=ca.pem for doctor.',
    }
  if (code === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code))
    return {
      summary: `no answer from ${origin} in time`,
      evidence,
      fix: `Check that ${server} runs, and that no firewall drops the connection.`,
    }
  return {
    summary: `no answer from ${origin}: the connection broke`,
    evidence,
    fix: `Check that ${server} runs, that ${setting} has the right protocol (http or https), and proxies in between.`,
  }
}

/**
 * Reads the error code and the message of a network error. `fetch` throws a TypeError, and the cause of the TypeError
 * has the error code. If a host has several addresses, the cause has one error for each address.
 */
function readCause(thrown: unknown): { code: string; message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: '' }
  const cause: unknown = thrown.cause
  if (cause instanceof Error) return readCause(cause)
  const firstError: unknown = thrown instanceof AggregateError ? thrown.errors[0] : undefined
  if (firstError instanceof Error) return readCause(firstError)
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  return { code: code === '' && thrown.name === 'TimeoutError' ? thrown.name : code, message: thrown.message }
}
