/**
 * Sends a message to the parent process, and waits until it is written. Messages that are in memory when the process ends
 * or disconnects are lost.
 */
export const sendToParent = (message: object | string) =>
  new Promise<void>((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
