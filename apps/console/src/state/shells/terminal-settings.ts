import { Store } from '../store.ts'

/** How terminals look and what their keys do, in this browser. */
export interface TerminalChoices {
  /** In pixels. */
  readonly fontSize: number
  readonly theme: ThemeName
  /** What is marked is copied at once. */
  readonly copyOnSelect: boolean
  /** Ctrl+V pastes; else the program gets it. */
  readonly pasteWithCtrlV: boolean
}

export const THEMES = ['dark', 'light', 'contrast', 'page'] as const
export type ThemeName = (typeof THEMES)[number]

const FONT_SIZES = { least: 9, most: 28 } as const

const TERMINAL_DEFAULTS: TerminalChoices = {
  fontSize: 13,
  theme: 'dark',
  copyOnSelect: true,
  pasteWithCtrlV: true,
}

const KEY = 'holdfast.terminal'

/** The choices, kept by the browser for all tabs. */
export class TerminalSettings extends Store {
  choices: TerminalChoices = read()

  choose(chosen: Partial<TerminalChoices>): void {
    const fontSize = Math.min(FONT_SIZES.most, Math.max(FONT_SIZES.least, chosen.fontSize ?? this.choices.fontSize))
    this.choices = { ...this.choices, ...chosen, fontSize }
    try {
      localStorage.setItem(KEY, JSON.stringify(this.choices))
    } catch {
      // A browser that keeps nothing: the choice holds for this page.
    }
    this.changed()
  }
}

function read(): TerminalChoices {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return TERMINAL_DEFAULTS
    const { fontSize, theme, copyOnSelect, pasteWithCtrlV }: Readonly<Record<string, unknown>> = { ...kept }
    const known = THEMES.find((name) => name === theme)
    return {
      fontSize: typeof fontSize === 'number' ? fontSize : TERMINAL_DEFAULTS.fontSize,
      theme: known ?? TERMINAL_DEFAULTS.theme,
      copyOnSelect: typeof copyOnSelect === 'boolean' ? copyOnSelect : TERMINAL_DEFAULTS.copyOnSelect,
      pasteWithCtrlV: typeof pasteWithCtrlV === 'boolean' ? pasteWithCtrlV : TERMINAL_DEFAULTS.pasteWithCtrlV,
    }
  } catch {
    return TERMINAL_DEFAULTS
  }
}
