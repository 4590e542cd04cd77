import type { Shell } from '../state/shells/shell.ts'
import type { TerminalScreen } from './terminal.ts'
import type { RowKey } from './terminal-keys.ts'
import { useStore } from './use.ts'

const KEYS: readonly (readonly [key: RowKey, sign: string, name: string])[] = [
  ['Left', '←', 'Left'],
  ['Down', '↓', 'Down'],
  ['Up', '↑', 'Up'],
  ['Right', '→', 'Right'],
  ['Home', '⇤', 'Home key'],
  ['End', '⇥', 'End key'],
  ['|', '|', 'Pipe'],
  ['/', '/', 'Slash'],
  ['-', '-', 'Minus'],
  ['~', '~', 'Tilde'],
]

/** Keys that a phone's keyboard has not. Pressing one leaves the keyboard where it is. */
export function KeyRow({ shell, screen }: { readonly shell: Shell; readonly screen: TerminalScreen }) {
  useStore(shell.face)
  const { isCtrl, isAlt } = screen.sticky
  const stay = (event: Event): void => event.preventDefault()
  return (
    <fieldset class="key-row" onPointerDown={stay}>
      <legend class="hidden">Keys</legend>
      <button type="button" onClick={() => screen.press('Escape')}>
        Esc
      </button>
      <button type="button" onClick={() => screen.press('Tab')}>
        Tab
      </button>
      <button type="button" aria-pressed={isCtrl} onClick={() => screen.hold('isCtrl')}>
        Ctrl
      </button>
      <button type="button" aria-pressed={isAlt} onClick={() => screen.hold('isAlt')}>
        Alt
      </button>
      {KEYS.map(([key, sign, name]) => (
        <button key={key} type="button" aria-label={name} onClick={() => screen.press(key)}>
          {sign}
        </button>
      ))}
      <button type="button" onClick={() => void screen.paste()}>
        Paste
      </button>
    </fieldset>
  )
}
