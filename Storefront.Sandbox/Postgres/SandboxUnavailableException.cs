namespace Storefront.Sandbox.Postgres;

/// <summary>This machine cannot run the sandbox. The message is one sentence that says what to install or change.</summary>
public sealed class SandboxUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
