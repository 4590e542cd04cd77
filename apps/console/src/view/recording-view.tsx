import type { RecordingListing } from '@holdfast/protocol/shell'
import { useEffect, useRef } from 'preact/hooks'
import type { Playback } from '../state/shells/playback.ts'
import type { Recordings } from '../state/shells/recordings.ts'
import type { TerminalSettings } from '../state/shells/terminal-settings.ts'
import { ConfirmButton } from './confirm-button.tsx'
import { ago, size } from './format.ts'
import { lazily } from './lazy.ts'
import { useStore } from './use.ts'

const SPEEDS = [0.5, 1, 2, 4, 16] as const
const STEP_MS = 5_000
/** Terminals are large: their code comes when the first recording is shown. */
const SCREEN = lazily(() => import('./recording-screen.ts'))

interface RecordingListProps {
  readonly recordings: Recordings
  /** How the command line is called. */
  readonly command: string
}

/** The recordings that there are; nothing where the gateway has none of them at all. */
export function RecordingList({ recordings, command }: RecordingListProps) {
  useStore(recordings)
  useEffect(() => void recordings.refresh(), [recordings])
  const { known, problem } = recordings
  if (known === undefined) return null
  return (
    <>
      <h3>Recordings</h3>
      {known.length === 0 && (
        <p class="hint">
          There are none. <code>{command} shell --record</code> makes one.
        </p>
      )}
      <p role="status" class="problem">
        {problem}
      </p>
      <ul class="plain" aria-label="Recordings">
        {known.map((one) => (
          <li key={one.id} class="shell-item recording-item" aria-label={nameOf(one)}>
            <div class="about">
              <code class="clip" title={nameOf(one)}>
                {nameOf(one)}
              </code>
              <p class="detail clip">
                {one.endedAt === undefined ? 'goes on' : 'ended'} · {ago(Date.now() - one.startedAt)} ·{' '}
                {size(one.bytes)}
                {one.input ? ' · with what was typed' : ''} · {one.shellId}
              </p>
            </div>
            <div class="row">
              <button type="button" onClick={() => void recordings.open(one)}>
                Play
              </button>
              {one.may.includes('delete') && one.endedAt !== undefined && (
                <ConfirmButton
                  button="Delete …"
                  title={`Delete the recording of ${nameOf(one)}?`}
                  no="Keep it"
                  yes="Delete it"
                  run={() => void recordings.remove(one)}
                >
                  What was shown and typed in it is gone for good, for everybody.
                </ConfirmButton>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

/** One recording, with everything that moves it. */
export function RecordingView({
  recordings,
  settings,
}: {
  readonly recordings: Recordings
  readonly settings: TerminalSettings
}) {
  useStore(recordings)
  const { current, playback, problem } = recordings
  if (current === undefined) return null
  return (
    <>
      <div class="row shell-bar">
        <code class="clip">{nameOf(current)}</code>
        <button type="button" onClick={() => recordings.close()}>
          Close
        </button>
      </div>
      <div class="terminal-area">
        {playback === undefined ? (
          <p class="hint" role="status">
            {problem ?? 'The recording comes …'}
          </p>
        ) : (
          <Screen playback={playback} settings={settings} />
        )}
      </div>
      {playback !== undefined && <Controls playback={playback} />}
    </>
  )
}

function Screen({ playback, settings }: { readonly playback: Playback; readonly settings: TerminalSettings }) {
  const box = useRef<HTMLDivElement>(null)
  const module = SCREEN.use()
  useEffect(() => {
    if (module === undefined || box.current === null) return
    const screen = new module.RecordingScreen(box.current, settings)
    playback.show(screen)
    return () => screen.dispose()
  }, [playback, module])
  return <div class={`terminal-box recording-box theme-${settings.choices.theme}`} ref={box} />
}

function Controls({ playback }: { readonly playback: Playback }) {
  useStore(playback)
  const { positionMs, isPlaying, speed, timeline } = playback
  const { durationMs } = timeline
  const time = `${minutes(positionMs)} of ${minutes(durationMs)}`
  return (
    <div class="row recording-controls">
      <button type="button" class="primary" onClick={() => playback.toggle()}>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <input
        type="range"
        aria-label="Moment of the recording"
        aria-valuetext={time}
        min={0}
        max={Math.max(1, Math.ceil(durationMs))}
        step={1}
        value={Math.round(positionMs)}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowLeft' ? -STEP_MS : event.key === 'ArrowRight' ? STEP_MS : 0
          if (by === 0) return
          event.preventDefault()
          playback.seek(positionMs + by)
        }}
        onInput={(event) => playback.seek(Number(event.currentTarget.value))}
      />
      <span class="recording-time">{time}</span>
      <label>
        <span class="hidden">Speed</span>
        <select value={String(speed)} onChange={(event) => playback.setSpeed(Number(event.currentTarget.value))}>
          {SPEEDS.map((times) => (
            <option key={times} value={String(times)}>
              {times} ×
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function nameOf({ name, program, shellId }: RecordingListing): string {
  return name ?? (program === '' ? shellId : program)
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
