/** Lets the bench prepare photos without sending them, and read some of the results. */
export function offerAlone(prepareAll) {
  let results = []
  Object.assign(window.bench, {
    async prepare() {
      const files = [...document.querySelector('#files').files]
      results = []
      const t0 = window.bench.begin()
      await prepareAll(files, (blob, index) => (results[index] = blob))
      return { ms: performance.now() - t0, bytes: results.reduce((sum, { size }) => sum + size, 0) }
    },
    async prepared(index) {
      const { size, type } = results[index]
      const url = await new Promise((resolve) => {
        const reader = new FileReader()
        reader.onload = () => resolve(reader.result)
        reader.readAsDataURL(results[index])
      })
      return { size, type, base64: url.slice(url.indexOf(',') + 1) }
    },
  })
}
