using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin;

/// <summary>A switch in the words of the back office.</summary>
internal static class SwitchText
{
    /// <param name="target">As <see cref="Switches"/> stores it, for example <c>circuit/Email</c>.</param>
    public static string Name(string target) => target.Split('/', 2) switch
    {
        ["partner", var partner] => $"Deliveries to {partner}",
        ["circuit", var partner] => $"Calls to {partner}",
        ["queue", var queue] => $"Queue {queue}",
        [_, var job] => job,
        _ => target,
    };

    public static string Done(string target, string position) => $"{Name(target)}: {Status(position)}.";

    public static string Status(string position) => position switch
    {
        Switches.Open => "stopped",
        Switches.Closed => "allowed",
        _ => position,
    };
}
