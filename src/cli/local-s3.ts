/** Runs the command of the package local-s3. The test server has its own package, so that apps do not install it. */
export async function runLocalS3Command(
  args: string[],
  load: () => Promise<{ runCli(args: string[]): Promise<void> }> = () => import('local-s3/cli'),
): Promise<void> {
  const { runCli } = await load().catch((thrown: Error & { code?: unknown }) => {
    if (thrown.code !== 'ERR_MODULE_NOT_FOUND' || !thrown.message.includes("'local-s3'")) throw thrown
    throw new Error('local-s3 is not installed. Run: npm install -D local-s3', { cause: thrown })
  })
  await runCli(args)
}
