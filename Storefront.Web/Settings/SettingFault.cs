namespace Storefront.Web.Settings;

/// <summary>The program cannot start like this. The message is one sentence that says what to change.</summary>
internal sealed class SettingFault(string message, Exception? inner = null) : Exception(message, inner);
