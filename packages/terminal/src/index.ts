export { DEFAULT_DETACH_KEY, type DetachAction, type DetachEvent, DetachKeys, detachKey } from './detach-keys.ts'
export { EchoPrediction, type EchoPredictionOptions } from './echo-prediction.ts'
export { EchoWatch, type EchoWatchOptions } from './echo-watch.ts'
export { effectOf, type OutputEffect } from './effects.ts'
export { type ErrorRow, TERMINAL_ERRORS, TerminalError, type TerminalErrorCode } from './errors.ts'
export { InputParser, type InputParserOptions } from './input-parser.ts'
export type { InputToken } from './input-token.ts'
export { type Key, MODIFIER, type NamedKey } from './key.ts'
export type { GuessedCell } from './line-guess.ts'
export { type LineCell, LineTracker, type LineTrackerOptions, lastLine } from './line-tracker.ts'
export {
  DEFAULT_PREDICTION,
  DEFAULT_TOKENIZER,
  INPUT_HOLD_MS,
  type PredictionMode,
  type PredictionNumbers,
  SEQUENCE_HOLD_MS,
  type TokenizerOptions,
} from './options.ts'
export { type FilteredOutput, OutputFilter } from './output-filter.ts'
export type { PredictedLine } from './predicted-line.ts'
export { PredictionPainter } from './prediction-painter.ts'
export { type MouseEncoding, type RestoreOptions, ScreenModes, type ScreenPaint } from './screen-modes.ts'
export { type StreamedOutput, TerminalStream, type TerminalStreamOptions } from './terminal-stream.ts'
export { setsTitle } from './title.ts'
export {
  type ControlToken,
  type CsiToken,
  type EscapeToken,
  type IgnoredToken,
  parametersOf,
  type StrayToken,
  type StringKind,
  type StringToken,
  type TextToken,
  type Token,
} from './token.ts'
export { Tokenizer } from './tokenizer.ts'
