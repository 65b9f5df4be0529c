namespace Storefront.Web.Security;

/// <summary>
/// A cookie that over https belongs to this host alone: a browser takes a name with <c>__Host-</c> only if it is secure, without a domain
/// and for the whole site, so no neighbour of ours can plant one. Plain http, a developer's machine, has no such names.
/// </summary>
internal sealed class HostCookie : CookieBuilder
{
    private static readonly HttpContextAccessor Current = new();
    private readonly string name;

    public HostCookie(string name)
    {
        this.name = name;
        Path = "/";
        HttpOnly = IsEssential = true;
        SameSite = SameSiteMode.Lax;
        SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    public override string? Name
    {
        get => Current.HttpContext is { } http ? NameFor(name, http.Request) : name;
        set => throw new NotSupportedException("The name of this cookie is its own.");
    }

    public static string NameFor(string name, HttpRequest request) => request.IsHttps ? "__Host-" + name : name;
}
