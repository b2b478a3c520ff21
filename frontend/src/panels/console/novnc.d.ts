/** What we use of noVNC (docs/API.md in the package); it comes without types. */
declare module '@novnc/novnc' {
  export interface RfbChannel {
    binaryType: string
    protocol: string
    readyState: string
    onopen: (() => void) | null
    onclose: ((event: { code: number; reason: string }) => void) | null
    onerror: ((event: unknown) => void) | null
    onmessage: ((event: { data: ArrayBuffer }) => void) | null
    send: (data: ArrayBufferView | ArrayBuffer) => void
    close: () => void
  }
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: RfbChannel, options?: { shared?: boolean })
    scaleViewport: boolean
    clipViewport: boolean
    resizeSession: boolean
    viewOnly: boolean
    focusOnClick: boolean
    background: string
    showDotCursor: boolean
    disconnect(): void
    focus(options?: FocusOptions): void
    blur(): void
    sendCtrlAltDel(): void
    sendKey(keysym: number, code: string | null, down?: boolean): void
    clipboardPasteFrom(text: string): void
  }
}
