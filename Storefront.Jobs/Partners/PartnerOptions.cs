using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Settings;

namespace Storefront.Jobs.Partners;

/// <summary>What every partner needs: section <c>Partners:{name}</c>.</summary>
public abstract class PartnerOptions : IValidatableObject
{
    /// <summary>Absolute, https; plain http for this machine alone. A path is kept.</summary>
    [Required(ErrorMessage = "is missing: give the partner's address, for example https://api.example.com.")]
    public string BaseUrl { get; set; } = "";

    [Required(ErrorMessage = "is missing: give the key the partner knows this shop by."), HeaderValue]
    public string ApiKey { get; set; } = "";

    /// <summary>Jobs of this partner that a process runs at once; 0: an equal share of <c>Jobs:Workers</c>. Default 0.</summary>
    [Range(0, 1000)]
    public int Workers { get; set; }

    internal Uri Address => new(BaseUrl.EndsWith('/') ? BaseUrl : BaseUrl + "/");

    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        Uri? url = null;
        if (BaseUrl.Length > 0 && (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out url) || url.Scheme is not ("http" or "https")))
            yield return new($"is \"{BaseUrl}\", which is no absolute http or https address.", [nameof(BaseUrl)]);
        else if (BaseUrl.Length > 0 && url is { Scheme: "http", IsLoopback: false })
            yield return new($"is \"{BaseUrl}\": plain http is for this machine alone, elsewhere use https.", [nameof(BaseUrl)]);
    }
}
