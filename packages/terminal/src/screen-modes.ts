import { AnsiModes } from './ansi-modes.ts'
import { Attributes } from './attributes.ts'
import { CharacterSets, type CharacterSetsInForce } from './character-sets.ts'
import { Colors } from './colors.ts'
import { KeyboardModes } from './keyboard-modes.ts'
import { ALTERNATE_SCREENS, PrivateModes } from './private-modes.ts'
import { SavedCursor } from './saved-cursor.ts'
import { ScrollRegion } from './scroll-region.ts'
import { Settings } from './settings.ts'
import { TabStops } from './tab-stops.ts'
import { Title } from './title.ts'
import type { Token } from './token.ts'

/** How mouse events are reported. */
export type MouseEncoding = 'none' | 'bytes' | 'utf8' | 'digits'

const MOUSE_TRACKING = [9, 1000, 1001, 1002, 1003] as const
const MOUSE_DIGITS = [1006, 1015, 1016] as const
/** Output is kept back while it is set: the first to be put back. */
const SYNCHRONIZED = 2026
const ORIGIN = 6
/** The alternate screen that saves the cursor when it is entered. */
const CURSOR_SAVING = 1049
const SIDE_MARGINS = 69
const WIN32_INPUT = 9001
/** They move the cursor, or what it is measured by. */
const MOVING: ReadonlySet<number> = new Set([3, ORIGIN, SIDE_MARGINS])

/** What `restore` needs to know of the terminal. */
export interface RestoreOptions {
  /** Columns of the terminal, for tab stops. @defaultValue 80 */
  readonly columns?: number | undefined
}

/** What is written while one of the screens is shown. */
export interface ScreenPaint {
  readonly main?: string | undefined
  readonly alternate?: string | undefined
  /** On the screen that is shown, with its scroll region and origin set, and characters still written plainly. */
  readonly cursor?: string | undefined
}

/**
 * What output has set in a terminal, beside the characters on its screen: modes, keyboard protocols, cursor shape, scroll
 * region, hyperlink, character sets, alternate screens, mouse, colours, titles and their stack. `restore()` puts a terminal back as
 * it was before that output, `apply()` brings one that was put back to this state.
 */
export class ScreenModes {
  readonly #private = new PrivateModes()
  readonly #ansi = new AnsiModes()
  readonly #keyboard = new KeyboardModes()
  readonly #charsets = new CharacterSets()
  readonly #colors = new Colors()
  readonly #region = new ScrollRegion()
  readonly #settings = new Settings()
  readonly #attributes = new Attributes()
  readonly #savedCursor = new SavedCursor(this.#charsets, this.#attributes)
  readonly #tabs = new TabStops()
  readonly #title = new Title()

  /** Any form of the alternate screen is shown. */
  get isAlternate(): boolean {
    return this.alternateModes.length > 0
  }

  /** The modes that show it: 47, 1047, 1049. */
  get alternateModes(): readonly number[] {
    return this.#private.changed.filter((mode) => ALTERNATE_SCREENS.has(mode))
  }

  get isCursorShown(): boolean {
    return this.#private.isSet(25)
  }

  /** A program has saved the cursor on the screen that is shown, and may recall it: what saves it too would take it away. */
  get isCursorSaved(): boolean {
    return this.#savedCursor.isSaved(this.isAlternate)
  }

  get reportsFocus(): boolean {
    return this.#private.isSet(1004)
  }

  get mouseEncoding(): MouseEncoding {
    if (!MOUSE_TRACKING.some((mode) => this.#private.isSet(mode))) return 'none'
    if (MOUSE_DIGITS.some((mode) => this.#private.isSet(mode))) return 'digits'
    return this.#private.isSet(1005) ? 'utf8' : 'bytes'
  }

  /** Keys may come as sequences that name them: kitty's protocol, modifyOtherKeys or win32-input-mode is on. */
  get hasEncodedKeys(): boolean {
    return this.kittyFlags !== 0 || this.#keyboard.modifyOtherKeys > 0 || this.#private.isSet(WIN32_INPUT)
  }

  /** The terminal may report something by itself: mouse, focus, releases of keys. */
  get reportsByItself(): boolean {
    return this.mouseEncoding !== 'none' || this.reportsFocus || this.hasEncodedKeys
  }

  /** The flags of kitty's keyboard protocol in force. */
  get kittyFlags(): number {
    return this.#keyboard.flags(this.isAlternate)
  }

  /** Characters replace those under them, and what is shown is what was sent: no insert mode, no line drawing. */
  get isPlainText(): boolean {
    return this.#charsets.isPlain && !this.#ansi.isSet(4) && !this.#region.isSet(this.isAlternate)
  }

  get characterSets(): CharacterSetsInForce {
    return this.#charsets.inForce
  }

  /** The graphic rendition in force, as a sequence that sets it. */
  get rendition(): string {
    return this.#attributes.rendition
  }

  /**
   * Forgets the titles that output has put aside: another picture of the screen brings its own.
   * @returns the bytes that drop them in a terminal; the title that it shows then is one of them
   */
  dropTitles(): string {
    return this.#title.drop()
  }

  /** A DEC private mode, as output has left it. */
  isSet(mode: number): boolean {
    return this.#private.isSet(mode)
  }

  /** Follows output. */
  see(token: Token): void {
    if (token.kind === 'text' || token.kind === 'ignored' || token.kind === 'stray') return
    if (token.kind === 'escape' && token.intermediates === '' && token.final === 'c') return this.#reset()
    this.#keyboard.see(token, this.isAlternate)
    this.#savedCursor.see(token, this.isAlternate)
    this.#region.see(token, this.isAlternate)
    this.#private.see(token)
    this.#ansi.see(token)
    this.#charsets.see(token)
    this.#colors.see(token)
    this.#settings.see(token)
    this.#attributes.see(token)
    this.#tabs.see(token)
    this.#title.see(token)
  }

  /** The bytes that put the terminal back; empty where nothing was changed. */
  restore(options: RestoreOptions = {}): string {
    return [
      this.#private.isSet(SYNCHRONIZED) ? `\u001b[?${SYNCHRONIZED}l` : '',
      this.#leaveAlternate(),
      this.#inPlace(`${this.#restoreMoving()}${this.#region.restore()}`),
      ...this.#plainModes().map((mode) => `\u001b[?${mode}${this.#private.isSet(mode) ? 'l' : 'h'}`),
      this.#ansi.restore(),
      this.#settings.restore(),
      this.#attributes.restore(),
      this.#charsets.restore(),
      this.#colors.restore(),
      this.#inPlace(this.#tabs.restore(options.columns ?? 80)),
      this.#title.restore(),
      this.#keyboard.restore(),
    ].join('')
  }

  /**
   * The bytes that bring a terminal that was put back to this state again. They move the cursor. `paint` comes in between,
   * where the screen that it is for is shown and nothing is set yet that would change how it is written.
   */
  apply(paint: ScreenPaint = {}): string {
    const alternate = this.alternateModes
    return [
      this.#title.apply(),
      this.#keyboard.apply(),
      this.#region.apply(),
      paint.main ?? '',
      ...alternate.map((mode) => `\u001b[?${mode}h`),
      alternate.length === 0 ? '' : (paint.alternate ?? ''),
      alternate.length === 0 ? '' : `${this.#keyboard.applyAlternate()}${this.#region.applyAlternate()}`,
      this.#colors.apply(),
      ...this.#private.changed
        .filter((mode) => !ALTERNATE_SCREENS.has(mode))
        .map((mode) => `\u001b[?${mode}${this.#private.isSet(mode) ? 'h' : 'l'}`),
      paint.cursor ?? '',
      this.#ansi.apply(),
      this.#settings.apply(),
      this.#attributes.apply(),
      this.#charsets.apply(),
    ].join('')
  }

  /**
   * The same for a terminal that shows the right screen already, cursor and text as they are: what serialisers of screens
   * leave out.
   */
  applyInPlace(): string {
    const region = this.isAlternate ? this.#region.applyAlternate() : this.#region.apply()
    const modes = this.#plainModes().map((mode) => `\u001b[?${mode}${this.#private.isSet(mode) ? 'h' : 'l'}`)
    return [
      this.isAlternate ? this.#keyboard.applyAlternate() : this.#keyboard.apply(),
      region === '' || this.#private.isSet(ORIGIN) ? '' : `\u001b7${region}\u001b8`,
      ...modes,
      this.#ansi.apply(),
      this.#settings.apply(),
      this.#charsets.apply(),
    ].join('')
  }

  #leaveAlternate(): string {
    const modes = this.alternateModes
    if (modes.length === 0) return ''
    const first = `${this.#restoreMoving()}${this.#region.restoreAlternate()}${this.#keyboard.restoreAlternate()}`
    const looks = modes.includes(CURSOR_SAVING) ? this.#savedCursor.restoreMain() : ''
    return `${first}${modes.map((mode) => `\u001b[?${mode}l`).join('')}${looks}`
  }

  #restoreMoving(): string {
    const moving = this.#private.changed.filter((mode) => MOVING.has(mode))
    return moving.map((mode) => `\u001b[?${mode}l`).join('')
  }

  /** The cursor stays where it is; where it was measured by an origin, it goes to the last line. */
  #inPlace(bytes: string): string {
    if (bytes === '') return ''
    return this.#private.isSet(ORIGIN) ? `${bytes}\u001b[9999;1H` : `\u001b7${bytes}\u001b8`
  }

  #plainModes(): readonly number[] {
    return this.#private.changed.filter(
      (mode) => !ALTERNATE_SCREENS.has(mode) && !MOVING.has(mode) && mode !== SYNCHRONIZED,
    )
  }

  /** RIS: everything is as at first but the stacks that live outside. */
  #reset(): void {
    for (const part of [this.#private, this.#ansi, this.#keyboard, this.#charsets, this.#colors]) part.reset()
    for (const part of [this.#region, this.#settings, this.#attributes, this.#savedCursor, this.#tabs]) part.reset()
  }
}
