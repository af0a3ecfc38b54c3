import type { CDPSession, Page } from 'playwright'

/** The properties of one element in the accessibility tree. */
export interface AccessibleElement {
  readonly role: string
  readonly name: string
  /** The value of a progressbar or of a field. */
  readonly value: string | number | undefined
  readonly states: Readonly<Record<string, unknown>>
  /** Roles and names from the page down to the element. */
  readonly path: readonly string[]
  readonly node: number
}

export type A11yDriver = Awaited<ReturnType<typeof openA11yDriver>>

/**
 * Drives a page by its accessibility tree only, as a screen reader does: no selectors, and no text that a screen
 * reader would not read.
 */
export async function openA11yDriver(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Accessibility.enable')

  async function tree(): Promise<AccessibleElement[]> {
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    const byId = new Map(nodes.map((node) => [node.nodeId, node]))
    const pathOf = (id: string | undefined): string[] => {
      const node = id === undefined ? undefined : byId.get(id)
      return node ? [...pathOf(node.parentId), ...(node.ignored ? [] : [labelOf(node)])] : []
    }
    return nodes.flatMap((node) =>
      node.ignored || node.backendDOMNodeId === undefined
        ? []
        : [
            {
              ...accessibleElementOf(node),
              path: pathOf(node.parentId),
              node: node.backendDOMNodeId,
            },
          ],
    )
  }

  /** Waits for the one element with this role and name. */
  async function find(role: string, name: string, timeoutMs = 8000): Promise<AccessibleElement> {
    const until = Date.now() + timeoutMs
    for (;;) {
      const all = await tree()
      const found = all.filter((each) => each.role === role && each.name === name)
      if (found[0] && found.length === 1) return found[0]
      if (Date.now() > until) {
        const there = all.filter((each) => each.role === role).map((each) => each.name)
        throw new Error(`${found.length} of ${role} "${name}". Found: ${there.join(', ')}`)
      }
      await page.waitForTimeout(50)
    }
  }

  const objectOf = async (backendNodeId: number) =>
    (await session.send('DOM.resolveNode', { backendNodeId })).object.objectId ?? ''

  return {
    tree,
    find,
    /** Runs the default action of the element, as a screen reader requests it. */
    async press(name: string, role = 'button') {
      const objectId = await objectOf((await find(role, name)).node)
      const functionDeclaration = 'function () { this.focus(); this.click() }'
      await session.send('Runtime.callFunctionOn', { objectId, functionDeclaration, userGesture: true })
    },
    async focus(name: string, role = 'button') {
      await session.send('DOM.focus', { backendNodeId: (await find(role, name)).node })
    },
    /** The focused element, such as "button Add images". */
    async focused(): Promise<string> {
      const { result } = await session.send('Runtime.evaluate', { expression: 'document.activeElement' })
      if (!result.objectId) return 'nothing'
      const asked = { objectId: result.objectId, fetchRelatives: false }
      const { nodes } = await session.send('Accessibility.getPartialAXTree', asked)
      return nodes[0] ? labelOf(nodes[0]) : 'nothing'
    },
    /** Collects every text of a live region from now on, without repetitions. */
    listen() {
      const words: string[] = []
      const voices = new Set<string>()
      let most = 0
      const ears = { open: true }
      const ear = (async () => {
        while (ears.open) {
          const all = await tree().catch((): AccessibleElement[] => [])
          const regions = all.filter(({ states }) => states.live !== undefined && states.live !== 'off')
          for (const { role, states } of regions) voices.add(`${role} ${String(states.live)}`)
          most = Math.max(most, regions.length)
          for (const { role, name, path } of all) {
            if (role !== 'StaticText' || !path.includes('status')) continue
            if (name !== '' && words.at(-1) !== name) words.push(name)
          }
          // A text stays for at least 300 ms, and reading the tree takes CPU time.
          await page.waitForTimeout(200)
        }
      })()
      return {
        words,
        /** Every live region that has spoken or could have, and how many exist at a time. */
        regions: () => ({ voices: [...voices], most }),
        async stop() {
          ears.open = false
          await ear
        },
      }
    },
    /** Simulates a slow line in bytes per second; a fast one without an argument. */
    async line(bytesPerSecond = -1) {
      await session.send('Network.enable')
      const conditions = { offline: false, latency: 0, downloadThroughput: -1 }
      await session.send('Network.emulateNetworkConditions', {
        ...conditions,
        uploadThroughput: bytesPerSecond,
      })
    },
  }
}

type AXNode = Awaited<ReturnType<typeof askTree>>['nodes'][number]
const askTree = (session: CDPSession) => session.send('Accessibility.getFullAXTree')

function accessibleElementOf({ role, name, value, properties = [] }: AXNode) {
  return {
    role: String(role?.value ?? ''),
    name: String(name?.value ?? ''),
    value: value?.value as string | number | undefined, // CDP types the value as any; it is one of these for our calls
    states: Object.fromEntries(properties.map((each) => [each.name, each.value.value as unknown])),
  }
}

function labelOf(node: AXNode): string {
  const { role, name } = accessibleElementOf(node)
  return `${role} ${name}`.trim()
}
