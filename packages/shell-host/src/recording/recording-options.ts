/** Every bound of recordings. */
export interface RecordingLimits {
  /** A part of a recording: a larger one is followed by another. */
  readonly partBytes: number
  /** Parts of one recording; the oldest goes first. */
  readonly maxParts: number
  /** All recordings of a folder; the oldest that is not being made goes first. */
  readonly totalBytes: number
  /** What waits to be written, of one shell: what is more is left out, and the recording says so. */
  readonly bufferBytes: number
  /** What happened is written after this at the latest, and on the disk after `syncMs` more. */
  readonly writeMs: number
  readonly syncMs: number
}

/** The defaults. */
export const RECORDING_LIMITS: RecordingLimits = {
  partBytes: 8_388_608,
  maxParts: 8,
  totalBytes: 1_073_741_824,
  bufferBytes: 4_194_304,
  writeMs: 50,
  syncMs: 1_000,
}

/** Which shells are recorded, and where. */
export interface RecordingOptions {
  /** A folder for this purpose alone; made for its owner when the first recording begins. */
  readonly folder: string
  /** `asked`: those whose client asks for it when it makes them. `all`: every shell with a terminal. */
  readonly which: 'asked' | 'all'
  /** Bounds that differ from `RECORDING_LIMITS`. */
  readonly limits?: Partial<RecordingLimits> | undefined
}
