using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Storefront.Web.Security;
using Storefront.Web.Telemetry;

namespace Storefront.Web.Cart;

/// <summary>
/// Keeps the cart with the shopper: encrypted and signed, so nothing has to be stored, swept or looked up for people who only browse.
/// A browser takes about 4 KB a cookie, so a long cart spreads over several.
/// </summary>
public sealed class CartCookie(IDataProtectionProvider protection, IHttpContextAccessor http, ILogger<CartCookie> log)
{
    /// <summary>All of a cart's cookies together; Kestrel takes 32 KB of headers, and others want room there too.</summary>
    public const int MaxCharacters = 16_000;

    private const string Name = "cart";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private static readonly ChunkingCookieManager Chunks = new();

    private readonly IDataProtector protector = protection.CreateProtector("Storefront.Web.Cart", "v1");
    private ShoppingCart? cart;

    private HttpContext Http => http.HttpContext ?? throw new InvalidOperationException("A cart belongs to a request.");

    /// <summary>The shopper's cart, with what this request did to it.</summary>
    public ShoppingCart Cart => cart ??= Read();

    /// <summary>False when the cart has grown too long to be kept; then the one before stays.</summary>
    public bool TryKeep(ShoppingCart changed)
    {
        if (ReferenceEquals(changed, Cart)) return true;
        var text = Base64Url.EncodeToString(protector.Protect(CartText.Write(changed)));
        if (text.Length > MaxCharacters) return false;
        Chunks.AppendResponseCookie(Http, HostCookie.NameFor(Name, Http.Request), text, Options());
        cart = changed;
        return true;
    }

    /// <summary>Keeps a cart that is no longer than the one before.</summary>
    public void Keep(ShoppingCart changed)
    {
        if (!TryKeep(changed)) throw new InvalidOperationException("A cart that did not grow became too long to keep.");
    }

    private ShoppingCart Read()
    {
        try
        {
            // Throws where one of several cookies is missing.
            if (Chunks.GetRequestCookie(Http, HostCookie.NameFor(Name, Http.Request)) is not { Length: > 0 } text)
                return ShoppingCart.Empty();
            return CartText.Read(protector.Unprotect(Base64Url.DecodeFromChars(text)));
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or FormatException)
        {
            // Keys that were lost, or a cookie somebody wrote by hand: the shopper starts over, and we hear of it.
            log.CartUnreadable(unreadable.Message);
            return ShoppingCart.Empty();
        }
    }

    private CookieOptions Options() => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = Http.Request.IsHttps,
        IsEssential = true,
        Path = "/",
        MaxAge = Lifetime,
    };
}
