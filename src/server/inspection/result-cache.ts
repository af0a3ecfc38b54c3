/**
 * Calls `compute` once per name and caches its result. Keeps the results of the names that were used last. Errors are
 * not cached.
 */
export type ResultCache<Value> = (name: string, compute: () => Promise<Value>) => Promise<Value>

export function createResultCache<Value>(maxNames: number): ResultCache<Value> {
  const resultsByName = new Map<string, Promise<Value>>()
  return (name, compute) => {
    const result = resultsByName.get(name) ?? compute()
    // Setting the name again keeps the Map in the order of last use.
    resultsByName.delete(name)
    resultsByName.set(name, result)
    const [oldestName] = resultsByName.keys()
    if (oldestName !== undefined && resultsByName.size > maxNames) resultsByName.delete(oldestName)
    result.catch(() => {
      if (resultsByName.get(name) === result) resultsByName.delete(name)
    })
    return result
  }
}
