/** An agent, as the operator configures it. */
export interface AgentConfig {
  /** How clients name it. */
  readonly name: string
  /** Its program and arguments, such as `['qwen', '--acp']`. */
  readonly command: readonly string[]
  /** Variables of its environment, beside PATH, HOME, USER, LANG and the like: nothing else of the server's is in it. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Folders below which it may work, absolute. */
  readonly folders: readonly string[]
  /**
   * What the agent believes that its clients can do with files and terminals of their own. A client that is away cannot:
   * what needs it fails then. @defaultValue nothing: the agent works with the files of its machine
   */
  readonly clientCapabilities?: Readonly<Record<string, unknown>> | undefined
  /** The end of its stderr is shown to clients where it fails. It may have paths and prompts in it. @defaultValue false */
  readonly showsStderr?: boolean | undefined
}
