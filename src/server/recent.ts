/** Runs a function once per name, and caches the results of the latest names. Failures are not cached. */
export type RecentResults<Value> = (name: string, run: () => Promise<Value>) => Promise<Value>

export function createRecentResults<Value>(mostNames: number): RecentResults<Value> {
  const answers = new Map<string, Promise<Value>>()
  return (name, run) => {
    const answer = answers.get(name) ?? run()
    // Set again, so that the names stand in the order of their last use.
    answers.delete(name)
    answers.set(name, answer)
    const [oldest] = answers.keys()
    if (oldest !== undefined && answers.size > mostNames) answers.delete(oldest)
    answer.catch(() => {
      if (answers.get(name) === answer) answers.delete(name)
    })
    return answer
  }
}
