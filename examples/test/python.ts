import { spawnSync } from 'node:child_process'

const check = `
import boto3, botocore, flask, sys
sys.exit(tuple(map(int, botocore.__version__.split('.')[:2])) < (1, 36))
`

/** Why 6-python cannot run here: without Python and its packages its tests are skipped. */
export const pythonMissing =
  spawnSync(process.env.PYTHON ?? 'python3', ['-c', check], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'skipped: it needs python3 (or PYTHON) with boto3 >= 1.36 and flask: pip install -r requirements.txt'
if (pythonMissing !== undefined) console.warn(`6-python is ${pythonMissing}`)
