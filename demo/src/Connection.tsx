import { useEffect, useState } from 'react'
import { simulateConnection } from './simulated-connection.ts'
import type { ConnectionName } from './simulated-connection.ts'

/** Makes the connection of this page slow, or cuts it, to show how uploads wait and go on. */
export function Connection() {
  const [name, setName] = useState<ConnectionName>('fast')
  useEffect(() => simulateConnection(name), [name])
  return (
    <label className="switch">
      <span>Connection</span>
      {/* The options are the names. */}
      <select value={name} onChange={({ target }) => setName(target.value as ConnectionName)}>
        <option value="fast">Fast</option>
        <option value="slow">Slow</option>
        <option value="offline">Offline</option>
      </select>
    </label>
  )
}
