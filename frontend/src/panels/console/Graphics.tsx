/** A screen with keyboard and pointer: noVNC. Loaded when the first one is opened. */

import type { ReactElement } from 'react'
import { useEffect, useRef, useState } from 'react'
import RFB from '@novnc/novnc'
import type { RfbChannel } from '@novnc/novnc'
import type { ConsoleLink } from '@/live/console.ts'
import type { FaceProps } from './face.ts'
import { leaves } from './face.ts'

/** Keysyms (X11 keysymdef.h) of what is held down when the keyboard leaves. */
const CONTROLS = [
  [0xffe3, 'ControlLeft'],
  [0xffe4, 'ControlRight'],
] as const

export default function Graphics({ title, fit, onFace, onLeave }: FaceProps): ReactElement {
  const place = useRef<HTMLDivElement>(null)
  const [screen, setScreen] = useState<RFB | null>(null)
  const leave = useRef(onLeave)
  useEffect(() => {
    leave.current = onLeave
  })

  useEffect(() => {
    const element = place.current
    if (element === null) return
    let rfb: RFB | undefined
    let channel: RfbChannel | undefined
    let link: ConsoleLink | undefined
    const onKey = (event: KeyboardEvent): void => {
      if (!leaves(event)) return
      event.preventDefault()
      event.stopPropagation()
      for (const [keysym, code] of CONTROLS) rfb?.sendKey(keysym, code, false)
      rfb?.blur()
      leave.current()
    }
    element.addEventListener('keydown', onKey, true)
    const end = (): void => {
      rfb?.disconnect()
      rfb = channel = link = undefined
      setScreen(null)
    }
    onFace({
      begin: (opened) => {
        end()
        link = opened
        channel = channelOver(opened)
        rfb = new RFB(element, channel, { shared: true })
        rfb.background = 'transparent'
        setScreen(rfb)
      },
      data: (bytes) => {
        channel?.onmessage?.({ data: bytes.slice().buffer })
        link?.take(bytes.length)
      },
      skipped: () => undefined, // of a screen nothing is
      end,
      focus: () => rfb?.focus(),
      screen: { ctrlAltDel: () => rfb?.sendCtrlAltDel() },
    })
    return () => {
      element.removeEventListener('keydown', onKey, true)
      onFace(null)
      end()
    }
  }, [onFace])

  useEffect(() => {
    if (!screen) return
    screen.scaleViewport = fit
    screen.clipViewport = !fit
  }, [screen, fit])

  return (
    <div
      className="tl-console-face tl-screen"
      ref={place}
      data-testid="screen"
      role="application"
      aria-label={`${title}. Ctrl F6 leaves it.`}
    />
  )
}

/** A console's connection as noVNC wants one. */
function channelOver(link: ConsoleLink): RfbChannel {
  const channel: RfbChannel = {
    binaryType: 'arraybuffer',
    protocol: '',
    readyState: 'open',
    onopen: null,
    onclose: null,
    onerror: null,
    onmessage: null,
    send: (data) => {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : viewOf(data)
      link.send(bytes.slice()) // noVNC writes the next message into the same place
    },
    close: () => {
      channel.readyState = 'closed'
      // Later, as of a websocket: noVNC begins to wait for it only after this call.
      queueMicrotask(() => channel.onclose?.({ code: 1000, reason: '' }))
    },
  }
  return channel
}

const viewOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
