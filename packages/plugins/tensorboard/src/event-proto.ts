import protobuf from 'protobufjs/light.js';

/** What an `Event` of TensorBoard can be here; https://github.com/tensorflow/tensorboard, `compat/proto/event.proto`. */
export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly { readonly tag: string; readonly simpleValue: number }[] };
  readonly sessionLog?: { readonly status: number };
}

/** `SessionLog.SessionStatus.START`: TensorBoard forgets what it has of this step and later. */
export const SESSION_START = 1;

const { nested } = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
        sessionLog: { type: 'SessionLog', id: 7 },
      },
    },
    Summary: {
      fields: { value: { rule: 'repeated', type: 'Value', id: 1 } },
      nested: {
        // A choice, as in the original, so that a value of 0 is written too.
        Value: {
          oneofs: { value: { oneof: ['simpleValue'] } },
          fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } },
        },
      },
    },
    SessionLog: { fields: { status: { type: 'int32', id: 1 } } },
  },
});
const event = nested?.Event as protobuf.Type;

/** The bytes of an `Event`. */
export const encodeEvent = (message: EventMessage): Uint8Array => event.encode(message).finish();
