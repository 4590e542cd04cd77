import { type TerminalSettings, THEMES, type ThemeName } from '../state/shells/terminal-settings.ts'
import { useStore } from './use.ts'

const NAMES: Readonly<Record<ThemeName, string>> = {
  dark: 'Dark',
  light: 'Light',
  contrast: 'High contrast',
  page: 'As the page',
}

/** How terminals look in this browser, and what their keys do. */
export function TerminalMenu({ settings }: { readonly settings: TerminalSettings }) {
  useStore(settings)
  const { fontSize, theme, copyOnSelect, pasteWithCtrlV } = settings.choices
  return (
    <details class="menu">
      <summary aria-label="Font, colours and keys of terminals">Aa</summary>
      <div class="menu-box">
        <div class="row">
          <span>Size {fontSize}</span>
          <button type="button" onClick={() => settings.choose({ fontSize: fontSize - 1 })}>
            A−<span class="hidden"> smaller</span>
          </button>
          <button type="button" onClick={() => settings.choose({ fontSize: fontSize + 1 })}>
            A+<span class="hidden"> larger</span>
          </button>
        </div>
        <label>
          Colours{' '}
          <select
            value={theme}
            onChange={({ currentTarget: { value } }) => {
              settings.choose({ theme: THEMES.find((name) => name === value) ?? 'dark' })
            }}
          >
            {THEMES.map((name) => (
              <option key={name} value={name}>
                {NAMES[name]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={copyOnSelect}
            onChange={(event) => settings.choose({ copyOnSelect: event.currentTarget.checked })}
          />{' '}
          Copy what is marked
        </label>
        <label>
          <input
            type="checkbox"
            checked={pasteWithCtrlV}
            onChange={(event) => settings.choose({ pasteWithCtrlV: event.currentTarget.checked })}
          />{' '}
          Ctrl+V pastes
        </label>
        <p class="hint">
          <kbd>Ctrl+Shift+C</kbd> copies, <kbd>Ctrl+Shift+V</kbd> pastes, <kbd>Ctrl+Shift+F</kbd> searches.
        </p>
      </div>
    </details>
  )
}
