import { type DoctorSnapshot, doctorStore, type StatusSource } from '@holdfast/core/store'
import { useStore } from './use-store.ts'

/** Where a connection or client stands, and `explain()` for a person, kept up to date once a second while it is shown. */
export function useDoctor(client: StatusSource & { explain(): string }): DoctorSnapshot {
  return useStore(client, makeDoctor)
}

function makeDoctor(client: StatusSource & { explain(): string }): ReturnType<typeof doctorStore> {
  return doctorStore(client)
}
