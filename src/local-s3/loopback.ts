/** Host headers, with or without a port, that name this machine whatever DNS says. */
const loopbackHost = /^(127(\.\d{1,3}){3}|\[::1\]|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i

export const isLoopbackHost = (host: string | undefined) => loopbackHost.test(host ?? '')

/** Whether a server that listens on this address can be reached from this machine only. */
export const isLoopbackAddress = (address: string) =>
  isLoopbackHost(address.includes(':') ? `[${address}]` : address)

/** Origins of pages that this machine serves, on any port, as patterns of a CORS rule. */
export const loopbackOrigins: readonly string[] = ['http', 'https'].flatMap((scheme) =>
  ['localhost', '*.localhost', '127.0.0.1', '[::1]'].flatMap((host) => [
    `${scheme}://${host}`,
    `${scheme}://${host}:*`,
  ]),
)
