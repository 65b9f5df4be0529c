using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Settings;

/// <summary>A value that is sent in an HTTP header. What no header can carry is refused at the start.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HeaderValueAttribute() : ValidationAttribute(
    "has characters that no HTTP header can carry: give it in ASCII, without spaces and line breaks.")
{
    public override bool IsValid(object? value) => value is not string text || text.All(c => c is > ' ' and < '\x7f');
}
