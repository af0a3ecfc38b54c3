import { createApp } from './handle.mjs'

/** Made once, as an app makes it: bindings are the same for every request. */
let app

// oxlint-disable-next-line import/no-default-export -- Workers require it
export default {
  fetch(request, env) {
    app ??= createApp(env)
    return app(request)
  },
}
