/** Host headers, with or without a port, that mean this machine independent of DNS. */
const loopbackHost = /^(127(\.\d{1,3}){3}|\[::1\]|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i

export const isLoopbackHost = (host: string | undefined) => loopbackHost.test(host ?? '')

/** Whether a server on this address is reachable only from this machine. */
export const isLoopbackAddress = (address: string) =>
  isLoopbackHost(address.includes(':') ? `[${address}]` : address)

/** CORS patterns for pages of this machine, on any port. */
export const loopbackOrigins: readonly string[] = ['http', 'https'].flatMap((scheme) =>
  ['localhost', '*.localhost', '127.0.0.1', '[::1]'].flatMap((host) => [
    `${scheme}://${host}`,
    `${scheme}://${host}:*`,
  ]),
)
