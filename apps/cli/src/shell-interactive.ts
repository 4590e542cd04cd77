import { type ShellEnding, type ShellOutput, ShellSession } from '@holdfast/shell'
import { type DetachAction, type InputToken, ScreenModes } from '@holdfast/terminal'
import { nodeWebSocket } from '@holdfast/transport-node'
import { AwayNotice } from './away-notice.ts'
import { countNoun } from './count-noun.ts'
import { passOutputExactly } from './exact-output.ts'
import { EXIT } from './exit-codes.ts'
import { EarlyInput } from './input/early-input.ts'
import { SentInput } from './input/sent-input.ts'
import { UnreadInput } from './input/unread-input.ts'
import { Notice } from './notice.ts'
import { OutageNotice } from './outage-notice.ts'
import { type Output, outputOn } from './output.ts'
import { attachFirst, endingWords, exitCodeOf, helpWords, plainEnding, plainOutput } from './shell-messages.ts'
import type { ShellCommandOptions } from './shell-options.ts'
import { shellDial } from './shell-request.ts'
import { ShellWindow } from './shell-window.ts'
import { placeOf } from './status-place.ts'
import { TerminalGuard } from './terminal-guard.ts'
import { rendererOf, type TerminalRenderer } from './terminal-renderer.ts'
import { TypedInput } from './typed-input.ts'
import { UserError } from './user-error.ts'

const RECORDS_INPUT = 'what you type is recorded, but not what is typed unseen, as at a prompt for a password'
/** What is shown at an attach has come by then. */
const STOPPED_NOTICE_MS = 500

/** A shell in this terminal, or in a pipe. @returns the exit code of the process */
export async function interactiveShell(options: ShellCommandOptions, command: readonly string[]): Promise<number> {
  return new InteractiveShell(options, command).run()
}

class InteractiveShell {
  readonly #options: ShellCommandOptions
  readonly #out: Output = outputOn(process.stdout)
  readonly #err: Output = outputOn(process.stderr)
  readonly #session: ShellSession
  readonly #outage: OutageNotice
  readonly #away: AwayNotice | undefined
  readonly #sent: SentInput
  /** Where output goes, if that is a terminal; and where input comes from. */
  readonly #view: TerminalRenderer | undefined
  readonly #typed: TypedInput | undefined
  readonly #guard: TerminalGuard
  readonly #window: ShellWindow
  /** What came last is of a picture of the terminal. */
  #isPicture = false

  constructor(options: ShellCommandOptions, command: readonly string[]) {
    this.#options = options
    const plain = (data: string | Uint8Array): void => void process.stdout.write(data)
    const isTerminal = process.stdin.isTTY === true
    const isDrawn = this.#out.isTerminal && options.json !== true
    this.#view = isDrawn ? rendererOf(() => this.#session, options.predict, plain) : undefined
    const typed = this.#reader()
    this.#typed = isTerminal ? typed : undefined
    this.#guard = new TerminalGuard({
      input: isTerminal ? process.stdin : undefined,
      restore: () => this.#view?.restore(),
      resume: () => this.#resumed(),
    })
    this.#session = new ShellSession({
      transport: nodeWebSocket(),
      target: shellDial(options, command),
      shellId: options.id,
      // Without one the shell is looked for in all sessions.
      sessionId: options.session ?? null,
      screen: this.#view === undefined ? 'none' : 'frames',
    })
    this.#window = new ShellWindow(this.#session, this.#view)
    this.#away = this.#err.isTerminal
      ? undefined
      : new AwayNotice(this.#err, options.url, () => this.#session.explain())
    this.#outage = new OutageNotice({
      err: this.#err,
      notice: this.#view !== undefined && isTerminal ? this.#notice(plain, this.#view) : undefined,
      status: () => this.#session.status,
      isAttached: () => this.#window.isAttached,
      waitingBytes: () => this.#session.unacknowledgedBytes,
      url: options.url,
      detachKeys: options.detachKeys,
    })
    this.#sent = new SentInput(this.#session, new UnreadInput(this.#session, this.#outage, options.detachKeys))
  }

  #notice(write: (text: string) => void, view: TerminalRenderer): Notice {
    return new Notice({
      write,
      columns: () => process.stdout.columns,
      isCursorSaved: () => view.modes.isCursorSaved,
      whenAtRest: (show) => view.whenAtRest(show),
    })
  }

  async run(): Promise<number> {
    const session = this.#session
    session.on('status', ({ status, cause }) => {
      this.#outage.changed(status, cause)
      this.#away?.changed(placeOf(status), cause)
      this.#view?.prediction.away(this.#window.isAttached && status.state !== 'open')
    })
    session.on('reconnected', ({ reconnected }) => this.#reconnected(reconnected))
    session.on('delivery', ({ bytes }) => this.#say(`${countNoun(bytes, 'byte')} of input did not reach the shell.`))
    const interrupted = new AbortController()
    const interrupt = (): void => interrupted.abort(new UserError('', EXIT.interrupted))
    process.once('SIGINT', interrupt)
    const early = new EarlyInput(process.stdin.isTTY === true ? process.stdin : undefined, interrupt)
    this.#guard.enter()
    early.begin()
    try {
      await attachFirst(session, this.#options, interrupted.signal)
      await this.#attached(early)
      this.#window.isAttached = true
      this.#printStopped()
      await this.#show()
      return this.#ended(await session.result)
    } finally {
      process.off('SIGINT', interrupt)
      early.cancel()
      this.#leave()
    }
  }

  async #attached(early: EarlyInput): Promise<void> {
    const { shellId, sessionId, reconnected, role } = this.#session
    if (this.#view !== undefined && this.#typed !== undefined) passOutputExactly()
    if (this.#options.json === true) {
      await this.#out.json({ event: 'attached', shellId, sessionId, reconnected, role })
    }
    if (role === 'writer') {
      this.#window.follow()
      // The server has not all of what the screen was made of any more.
      if (reconnected && this.#session.bytesDropped > 0) this.#window.redraw()
    } else if (this.#view !== undefined) await this.#watch(this.#view)
    if (this.#options.record === 'input' && !reconnected) this.#say(RECORDS_INPUT)
    for (const chunk of early.take()) this.#input(chunk)
    process.stdin.on('data', this.#input)
    process.stdin.on('end', this.#inputEnded)
    process.stdin.resume()
  }

  /** The model of a screen is loaded by those who watch one. */
  async #watch(view: TerminalRenderer): Promise<void> {
    const { WatchedScreen } = await import('./watched-screen.ts')
    const watched = new WatchedScreen({
      view,
      write: (data) => this.#out.write(data),
      window: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
      size: () => this.#session.size,
    })
    this.#session.on('resized', () => watched.resized())
    this.#session.on('reconnected', () => this.#window.sendSize())
    this.#window.watched = watched
    this.#window.follow()
  }

  // ---- input ------------------------------------------------------------------------------------

  readonly #input = (chunk: Buffer): void => {
    if (this.#typed === undefined) this.#sent.send(chunk)
    else this.#typed.read(chunk)
  }

  #reader(): TypedInput {
    return new TypedInput(this.#options.detachKeys, this.#view?.modes ?? new ScreenModes(), {
      input: (bytes, token) => this.#type(bytes, token),
      action: (action) => this.#act(action),
    })
  }

  #act(action: DetachAction): void {
    this.#sent.flush()
    switch (action) {
      case 'detach':
        return void this.#session.detach()
      case 'askKill':
        return this.#say('Kill this shell and what runs in it? y kills it, any other key goes on.')
      case 'kill':
        return void this.#session.kill()
      case 'keep':
        return this.#say('The shell goes on.')
      case 'suspend':
        return this.#guard.suspend()
      case 'help':
        return this.#say(helpWords(this.#options.detachKeys))
    }
  }

  /** After this process was stopped: the screen may be anybody's. */
  #resumed(): void {
    if (this.#view !== undefined && this.#window.isAttached) passOutputExactly()
    this.#view?.apply()
    if (this.#session.role === 'writer') this.#window.redraw()
    else this.#window.watched?.resized()
  }

  readonly #inputEnded = (): void => {
    // A terminal that ends was closed. That is no word to the program; the shell lives on.
    if (this.#typed !== undefined) void this.#session.detach()
    else this.#sent.end()
  }

  #type(bytes: Uint8Array, token: InputToken): void {
    this.#sent.send(bytes)
    if (this.#session.role === 'writer') this.#view?.typed(token)
  }

  // ---- output -----------------------------------------------------------------------------------

  async #show(): Promise<void> {
    for await (const frame of this.#session) {
      this.#outage.clear()
      await (this.#options.json === true ? this.#printJson(frame) : this.#print(frame))
    }
  }

  async #print(frame: ShellOutput): Promise<void> {
    if (frame.channel === 'stdout' || frame.channel === 'screen') return this.#paint(frame)
    if (frame.channel === 'stderr') return this.#aside(frame.text)
    if (frame.channel !== 'gap') return
    this.#view?.restart()
    const { missingBytes = 'some', reason } = frame
    this.#say(
      reason === 'gone' ? 'The shell is gone; this is a new one.' : `${missingBytes} bytes of output are missing here.`,
    )
  }

  #paint({ channel, payload, replayed }: ShellOutput): Promise<void> {
    const { watched } = this.#window
    if (watched !== undefined) return watched.show(payload)
    if (channel === 'screen' && !this.#isPicture) this.#view?.makeRoom(process.stdout.rows)
    this.#isPicture = channel === 'screen'
    return this.#out.write(this.#view?.show(payload, replayed) ?? payload)
  }

  async #printJson(frame: ShellOutput): Promise<void> {
    const event = plainOutput(frame)
    if (event !== undefined) await this.#out.json(event)
  }

  #reconnected(isSame: boolean): void {
    this.#isPicture = false
    this.#outage.clear()
    if (this.#options.json === true) void this.#out.json({ event: 'reconnected', reconnected: isSame })
    this.#printStopped()
    if (this.#outage.takeCovered() && isSame && this.#view?.modes.isAlternate === true) this.#window.redraw()
  }

  /** To a person who stopped the output in another window the shell would look hung: a hint stands below what is shown first. */
  #printStopped(): void {
    if (!this.#session.wasStopped || this.#session.role === 'observer') return
    setTimeout(() => this.#outage.print('output is stopped (Ctrl+S), Ctrl+Q goes on'), STOPPED_NOTICE_MS).unref()
  }

  /** A line of ours between the program's, on a terminal only. */
  #say(text: string): void {
    if (this.#options.json === true) return void this.#err.json({ event: 'notice', text })
    if (!this.#err.isTerminal) return
    if (this.#window.watched?.say(text) === true) return
    void this.#aside(`\r\n[holdfast: ${text}]\r\n`)
  }

  /** On stderr, which is the same terminal as a rule: not into the middle of a sequence. */
  #aside(data: string): Promise<void> {
    const view = this.#view
    if (view === undefined || !this.#err.isTerminal) return this.#err.write(data)
    view.whenAtRest(() => {
      view.stepAside()
      void this.#err.write(data.replaceAll(/\r?\n/g, '\r\n'))
    })
    return Promise.resolve()
  }

  #leave(): void {
    this.#outage.clear()
    this.#sent.stop()
    this.#window.stop()
    process.stdin.off('data', this.#input)
    process.stdin.off('end', this.#inputEnded)
    process.stdin.pause()
    this.#guard.leave()
  }

  async #ended(ending: ShellEnding): Promise<number> {
    process.stdin.off('data', this.#input)
    // A program that continues has left the cursor in the middle of its line.
    const isWithin = ending.kind !== 'exited' && this.#window.isOnMainScreen
    if (this.#view?.modes.reportsByItself === true) await this.#guard.settle()
    this.#leave()
    const code = exitCodeOf(ending)
    if (this.#options.json === true) {
      await this.#out.json({ event: 'ended', ...plainEnding(ending) })
    } else {
      const words = endingWords(ending, this.#session.shellId, this.#options)
      if (words !== undefined && (this.#err.isTerminal || code !== EXIT.ok))
        await this.#err.line(`${isWithin && this.#err.isTerminal ? '\r\n' : ''}${words}`)
    }
    return code
  }
}
