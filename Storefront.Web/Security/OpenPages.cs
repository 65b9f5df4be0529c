namespace Storefront.Web.Security;

/// <summary>The pages that everybody may see without signing in. A page that is not named here is closed.</summary>
internal static class OpenPages
{
    public static readonly IReadOnlyList<string> All =
    [
        "/Index", "/Products/Index", "/Cart", "/Checkout", "/Orders/Index", "/Orders/Find",
        "/Account/SignIn", "/Account/SecondFactor", "/Account/SignOut", "/Account/Register", "/Account/Password", "/Account/Denied",
        "/Error",
    ];
}
