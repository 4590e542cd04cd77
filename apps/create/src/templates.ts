/** What a project may begin as: the folder below `templates`, and what it is in a sentence. */
export const TEMPLATES = {
  client: 'a client of your own protocol, with tests in virtual time',
  hub: 'a hub of agent sessions in a server of yours, kept in a file',
  agent: 'an agent that speaks ACP, in sessions that survive drops and restarts',
} as const

export type TemplateName = keyof typeof TEMPLATES

export function isTemplateName(name: string | undefined): name is TemplateName {
  return name !== undefined && Object.hasOwn(TEMPLATES, name)
}
