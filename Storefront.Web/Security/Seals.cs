using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Storefront.Web.Security;

internal static class Seals
{
    /// <summary>Null where it was not sealed by this shop, with a key that it still has, or is too old.</summary>
    public static string? TryUnprotect(this IDataProtector seal, string text)
    {
        try
        {
            return seal.Unprotect(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
