import { useEffect, useState } from 'react'

/** Chooses light or dark, or the setting of the system. The choice is kept in this browser. */
export function Theme() {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'system')
  useEffect(() => {
    localStorage.setItem('theme', theme)
    // The components follow `data-theme`, and so does page.css.
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  return (
    <label className="switch">
      <span>Theme</span>
      <select value={theme} onChange={({ target }) => setTheme(target.value)}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  )
}
