// Creates a certificate for the host names that the bench's Chromium resolves to this machine. Prints PEM as JSON.
import { generate } from 'selfsigned'

const [...names] = process.argv.slice(2)
const altNames = names.map((value) => ({ type: 2, value }))
const pems = await generate([{ name: 'commonName', value: names[0] }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: false },
    { name: 'subjectAltName', altNames },
  ],
})
process.stdout.write(JSON.stringify({ key: pems.private, cert: pems.cert }))
