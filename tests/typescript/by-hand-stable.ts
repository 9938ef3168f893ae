// What client developers have who opt into nothing: this must compile, and every `@ts-expect-error` must be one.
//
// In: the emitted packages without and with what is gated, as `protocol` and `whole`. Out: nothing; the compiler says what does
// not hold.

import type { ClientRequests, ServerNotifications, v2 } from "protocol";
import type * as whole from "whole";

/** What is not gated is there. */
export const start: v2.ThreadStartParams = { approvalPolicy: "never", model: null };

// @ts-expect-error a gated field
export const tools: v2.ThreadStartParams = { dynamicTools: [] };

// @ts-expect-error a gated member
export const granular: v2.AskForApproval = { granular: { sandbox_approval: true, rules: true, mcp_elicitations: true } };

// @ts-expect-error a definition that only gated fields reach
export type NoApps = v2.AppsConfig;

// @ts-expect-error a gated request
export type NoRequest = ClientRequests["thread/realtime/start"];

// @ts-expect-error a gated notification
export type NoNotification = ServerNotifications["thread/realtime/started"];

/** What such a client sends, a server of the whole protocol takes. */
export const sent = (params: v2.ThreadStartParams): whole.v2.ThreadStartParams => params;

/** A method means the same in both. */
export const request = <Method extends keyof ClientRequests>(method: Method): keyof whole.ClientRequests => method;
