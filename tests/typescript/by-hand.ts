// How client developers use the types: this must compile, and every `@ts-expect-error` must be one.
//
// In: the emitted package, as `protocol`. Out: nothing; the compiler says what does not hold.

import { errorCodes, protocolVersion } from "protocol";
import type {
  ClientRequest,
  ClientRequests,
  JsonValue,
  McpServerElicitationRequestParams,
  MethodErrors,
  ServerNotification,
  v2,
} from "protocol";

/** A tag leaves one member, also in an open union, and what no case takes is the unknown member. */
export function itemText(item: v2.ThreadItem): string {
  if (item.type === "plan") {
    return item.text;
  }
  switch (item.type) {
    case "agentMessage":
      return item.text;
    case "commandExecution":
      return item.command;
    case "imageView":
      return item.path;
    default:
      return item.type;
  }
}

/** An open union can still be matched to the end: what is left has a name of its own. */
export function statusText(status: v2.ThreadStatus): string {
  switch (status.type) {
    case "notLoaded":
    case "idle":
    case "systemError":
      return status.type;
    case "active":
      return status.activeFlags.join();
    default: {
      const unknown: v2.UnknownThreadStatus = status;
      // What else came with it is there, and typed as what it is.
      const detail: unknown = "detail" in unknown ? unknown.detail : undefined;
      return `${unknown.type}: ${String(detail)}`;
    }
  }
}

/** Members of a union that is tagged outside are told apart by kind and name. */
export function failure(info: v2.CodexErrorInfo): string {
  if (typeof info === "string") {
    return info === "unauthorized" ? "log in again" : info;
  }
  if ("httpConnectionFailed" in info) {
    return String(info.httpConnectionFailed.httpStatusCode);
  }
  return Object.keys(info).join();
}

/** A value that is not listed is a string, and can be sent. */
export const futurePhase: v2.MessagePhase = "rehearsal";

// @ts-expect-error a union that is not open has no other values
export const noMode: v2.SandboxMode = "write-everything";

// @ts-expect-error nobody makes up a member of an open union by mistake
export const noItem: v2.ThreadItem = { type: "agentMesage", id: "1", text: "" };

/** A struct with a flattened union narrows by its tag. */
export function elicitation(params: McpServerElicitationRequestParams): string {
  return params.mode === "url" ? `${params.serverName}: ${params.url}` : Object.keys(params.requestedSchema.properties).join();
}

/** Listed members keep their types beside the others. */
export function settings(config: v2.Config, apps: v2.AppsConfig): [string | null, JsonValue | undefined, boolean | undefined] {
  const enabledByDefault: boolean | undefined = apps._default?.enabled;
  return [config.model, config["some_new_setting"], apps["calendar"]?.enabled ?? enabledByDefault];
}

/** Members of another type beside listed ones need two literals. */
export function appsConfig(others: { [id: string]: v2.AppConfig }): v2.AppsConfig {
  return Object.assign({ _default: null }, others);
}

/** Absent, null and a value are three things. */
export const keep: v2.ThreadMetadataGitInfoUpdateParams = {};
export const clear: v2.ThreadMetadataGitInfoUpdateParams = { branch: null };

// @ts-expect-error null is not sent where it means nothing
export const neverNull: v2.SkillsListParams = { cwds: null };

// @ts-expect-error undefined is no way to say absent
export const neverUndefined: v2.SkillsListParams = { cwds: undefined };

/** Everything of the protocol is JSON, and can be given where JSON is wanted. */
export const asJson = (item: v2.ThreadItem, config: v2.Config): JsonValue[] => [item, config];

type Arguments<Params> = undefined extends Params ? [params?: Params] : [params: Params];

/** A typed call needs nothing but the map of requests. */
declare function request<Method extends keyof ClientRequests>(
  method: Method,
  ...params: Arguments<ClientRequests[Method]["params"]>
): Promise<ClientRequests[Method]["result"]>;

export async function calls(): Promise<string> {
  const { dataBase64 } = await request("fs/readFile", { path: "/etc/hosts" });
  await request("account/logout");
  await request("thread/loaded/list");
  // @ts-expect-error this one needs params
  await request("fs/readFile");
  // @ts-expect-error there is no such method
  await request("fs/readFiles", { path: "/etc/hosts" });
  return dataBase64;
}

/** Messages narrow by method. */
export function paramsOf(message: ClientRequest): JsonValue | undefined {
  switch (message.method) {
    case "fs/readFile":
      return message.params.path;
    case "account/logout":
      return message.params;
    default:
      return message.id;
  }
}

export function changed(message: ServerNotification): string[] {
  return message.method === "fs/changed" ? message.params.changedPaths : [];
}

/** A declared error narrows by code, and its data is typed. */
export function explain(error: MethodErrors["fs/readFile"]): string {
  return error.code === errorCodes.FsIoFailed ? error.data.code : `${protocolVersion}: ${error.message}`;
}
