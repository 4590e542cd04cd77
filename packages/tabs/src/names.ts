/** What locks and channels of one name are called. The number changes with the wire: other versions do not share. */
export function namesOf(name: string): {
  readonly all: string
  readonly host: string
  readonly workerHost: string
  /** Begin of the names for each generation of workers. */
  readonly workers: string
  tab(id: string): string
  alive(host: string): string
  link(id: string): string
} {
  const all = `holdfast-tabs-1 ${name}`
  return {
    all,
    host: `${all} host`,
    workerHost: `${all} worker host`,
    workers: `${all} worker `,
    tab: (id) => `${all} tab ${id}`,
    alive: (host) => `${all} alive ${host}`,
    link: (id) => `${all} link ${id}`,
  }
}

export type Names = ReturnType<typeof namesOf>
